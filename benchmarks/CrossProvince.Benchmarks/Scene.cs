using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using CrossProvince.Core.Catalogue;
using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Presentation;
using CrossProvince.Core.Signatures;
using CrossProvince.Core.Status;
using CrossProvince.Core.Trust;
using CrossProvince.Core.Verification;

namespace CrossProvince.Benchmarks;

/// <summary>One licence of Beijing, its codes, and everything by which a counter in Tianjin judges them.</summary>
internal sealed class Scene
{
    private const long Now = 1_790_000_010;
    private const int IdentityCard = 1;
    private const int List = 0;
    private const int ListBound = 4;
    private const int Index = 777_777;
    private static readonly RegionCode s_issuing = new(110000);
    private static readonly RegionCode s_verifying = new(120000);
    private static readonly Display s_display = Display.Fit("张*明", "1****************X", 22_645, null);
    private static readonly VerifierRights s_counter = new(IsOrganisation: true, Scenarios: null);

    private readonly SoftwareSigner _sm2 = NewSigner(SignatureAlgorithm.Sm2);
    private readonly SoftwareSigner _esp256 = NewSigner(SignatureAlgorithm.Esp256);

    public Scene()
    {
        var indexes = new LicenceIndex();
        var region = indexes.GetOrAdd(s_issuing, ListBound);
        var tag = EntryTag.Compute(s_issuing, List, Index, IdentityCard, s_display.Encode());
        region.Apply(new StatusChange(1, Now * 1000, List, Index, LicenceStatus.InForce, tag, StatusReason.None));
        region.Publish(Now * 1000);

        Data = new VerificationData
        {
            Trust = new TrustList(1, Now - 1000, Now + 1000, [Region(s_issuing, ListBound, _sm2, _esp256)], new byte[Sm3.HashSize]),
            TrustFreshness = default,
            Catalogue = ReadCatalogue(),
            Index = indexes,
            Time = new TrustedTime(Now * 1000, ClockBehind: false),
        };
        Verifier = new LicenceVerifier(new TableSignatureVerifier(), new VerifyingRules());
        Message = Encode(_sm2, Now);
        Esp256Message = Encode(_esp256, Now);
        Text = PresentationText.Write(Message);
        Esp256Text = PresentationText.Write(Esp256Message);
        ForgedText = PresentationText.Write(Forge(Message));
        UnknownKeyText = PresentationText.Write(Encode(NewSigner(SignatureAlgorithm.Sm2), Now));
        ExpiredText = PresentationText.Write(Encode(_sm2, Now - 500));
    }

    /// <summary>What scans are judged by.</summary>
    public VerificationData Data { get; }

    /// <summary>Judges them.</summary>
    public LicenceVerifier Verifier { get; }

    /// <summary>The valid SM2 code, as bytes.</summary>
    public byte[] Message { get; }

    /// <summary>The valid ESP256 code, as bytes.</summary>
    public byte[] Esp256Message { get; }

    public string Text { get; }

    public string Esp256Text { get; }

    public string ForgedText { get; }

    public string UnknownKeyText { get; }

    public string ExpiredText { get; }

    /// <summary>The signature of a code, and what it is over.</summary>
    public SignedMessage SignatureOf(byte[] message)
    {
        if (!PresentationMessage.TryDecode(message, out var code))
        {
            throw new ArgumentException("Not a code.", nameof(message));
        }

        var signed = new byte[PresentationMessage.MaxToBeSignedBytes];
        var length = code.WriteToBeSigned(signed);
        return new SignedMessage((code.Algorithm == SignatureAlgorithm.Sm2 ? _sm2 : _esp256).PublicKey, signed.AsMemory(0, length), code.Signature);
    }

    /// <summary>The same code with another signature.</summary>
    public static byte[] Forge(byte[] message)
    {
        var forged = message.ToArray();
        forged[^1] ^= 1;
        return forged;
    }

    /// <summary>Judges one scan and makes sure that it was judged as it should be.</summary>
    public Verdict Verify(string text, Verdict expected)
    {
        var answer = Verifier.Verify(Data, new VerificationQuestion(text.AsMemory(), null, s_verifying, s_counter));
        return answer.Verdict == expected
            ? answer.Verdict
            : throw new InvalidOperationException($"The verdict is {answer.Verdict} {answer.Reason}, not {expected}.");
    }

    private static SoftwareSigner NewSigner(SignatureAlgorithm algorithm) => SoftwareSigner.FromPem(SoftwareSigner.Generate(algorithm));

    private static byte[] Encode(SoftwareSigner signer, long issuedAt)
    {
        var claims = new PresentationClaims
        {
            Region = s_issuing,
            IssuedAt = issuedAt,
            ExpiresAt = issuedAt + 90,
            Showing = new ShowingId(0x0123456789AB),
            CodeNumber = 3,
            LicenceType = IdentityCard,
            Scenario = 1,
            List = List,
            Index = Index,
            Presenter = Presenter.Holder,
        };
        return PresentationEncoder.Encode(claims, s_display, signer);
    }

    internal static LicenceCatalogue ReadCatalogue()
    {
        var folder = Path.Combine(AppContext.BaseDirectory, "catalogue");
        CatalogueFile Read(string name) => new(name, File.ReadAllBytes(Path.Combine(folder, name)));
        return LicenceCatalogue.Parse(Read("licence-types.json"), Read("scenarios.json"), Read("recognitions.json"));
    }

    /// <summary>A region of a trust list.</summary>
    internal static TrustedRegion Region(RegionCode code, int listBound, params IEnumerable<SoftwareSigner> signers) => new()
    {
        Code = code,
        Names = new LocalizedText("北京市", "Beijing"),
        CertificateAuthorities = [MakeAuthority()],
        Keys = [.. signers.Select(Key)],
        ApiEndpoint = "https://node.example:7443",
        ListBound = listBound,
        PartnerRoles = ["node", "verifier"],
    };

    private static TrustedKey Key(SoftwareSigner signer) => new() { Key = signer.PublicKey, Use = KeyUse.Code, NotBefore = Now - 1000, NotAfter = Now + 1000 };

    private static byte[] MakeAuthority()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=benchmark", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, false, 0, critical: true));
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(100));
        return certificate.RawData;
    }
}
