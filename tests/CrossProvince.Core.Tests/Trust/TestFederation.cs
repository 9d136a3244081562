using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Signatures;
using CrossProvince.Core.Trust;

namespace CrossProvince.Core.Tests.Trust;

/// <summary>A trust list of two regions with all its private keys.</summary>
internal sealed class TestFederation
{
    internal const long From = 1_800_000_000;
    internal const long Until = 1_900_000_000;
    internal const long Now = 1_850_000_000;
    internal static readonly RegionCode Beijing = new(110000);
    internal static readonly RegionCode Tianjin = new(120000);

    internal TestFederation()
    {
        List = new TrustList(7, From, Until, [Region(Beijing, Code, Index, Receipt), Region(Tianjin, null, TianjinIndex, null)], new byte[32]);
    }

    internal static ReadOnlyMemory<byte> AuthorityDer { get; } = MakeCertificate(isAuthority: true);

    internal static TestFederation Shared { get; } = new();

    internal SoftwareSigner[] Roots { get; } = [NewSigner(), NewSigner(), NewSigner()];

    internal SoftwareSigner Code { get; } = NewSigner();

    internal SoftwareSigner Index { get; } = NewSigner();

    internal SoftwareSigner Receipt { get; } = NewSigner(SignatureAlgorithm.Esp256);

    internal SoftwareSigner TianjinIndex { get; } = NewSigner();

    internal TrustList List { get; }

    internal TrustRoots TrustRoots => new([.. Roots.Select(root => root.PublicKey)]);

    internal static SoftwareSigner NewSigner(SignatureAlgorithm algorithm = SignatureAlgorithm.Sm2) => SoftwareSigner.FromPem(SoftwareSigner.Generate(algorithm));

    internal static TrustedKey Key(ISigner signer, KeyUse use) => new() { Key = signer.PublicKey, Use = use, NotBefore = From, NotAfter = Until };

    internal static TrustedRegion Region(RegionCode code, params ReadOnlySpan<TrustedKey> keys) => new()
    {
        Code = code,
        Names = new LocalizedText("北京市", "Beijing"),
        CertificateAuthorities = [AuthorityDer],
        Keys = [.. keys],
        ApiEndpoint = "https://node.example:7443",
        ListBound = 4,
        PartnerRoles = ["node", "verifier"],
    };

    internal static TrustList ListOf(params ReadOnlySpan<TrustedRegion> regions) => new(1, From, Until, [.. regions], new byte[32]);

    internal static byte[] MakeCertificate(bool isAuthority)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=test", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(isAuthority, false, 0, true));
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(100));
        return certificate.RawData;
    }

    private static TrustedRegion Region(RegionCode code, ISigner? codeKey, ISigner indexKey, ISigner? receiptKey)
    {
        List<TrustedKey> keys = [Key(indexKey, KeyUse.Index)];
        if (codeKey is not null)
        {
            keys.Add(Key(codeKey, KeyUse.Code));
        }

        if (receiptKey is not null)
        {
            keys.Add(Key(receiptKey, KeyUse.Receipt));
        }

        return Region(code, [.. keys]);
    }
}
