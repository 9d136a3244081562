using CrossProvince.Core.Catalogue;
using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Status;
using CrossProvince.Core.Tests.Catalogue;
using CrossProvince.Core.Trust;

namespace CrossProvince.Core.Tests.Vectors;

/// <summary>The small federation that the vectors speak of: its time, trust list, catalogue and indexes.</summary>
internal static class VectorWorld
{
    /// <summary>Now, unless a vector says otherwise: 2027-01-15T08:00:00Z, Unix seconds.</summary>
    internal const long Now = 1_800_000_000;

    /// <summary>The day in China.</summary>
    internal const int Today = (int)((Now + 28_800) / 86_400);

    internal const long From = Now - 100_000_000;
    internal const long Until = Now + 100_000_000;
    internal const int ListBound = 8;

    internal static readonly RegionCode Beijing = new(110000);
    internal static readonly RegionCode Tianjin = new(120000);
    internal static readonly RegionCode Hebei = new(130000);

    // Certificates of authorities whose private keys were thrown away: nobody can issue identities under them.
    private const string BeijingAuthority =
        "MIIB1DCCAXqgAwIBAgIUOFgJaUnqnFTWS+IvrbnebVL1uKcwCgYIKoZIzj0EAwIwNTEmMCQGA1UEAwwdQ3Jvc3NQcm92aW5jZSB2ZWN0b3JzIEJlaWppbmcxCzAJBgNVBAYTAkNOMCAXDTI2MTEyNDAwMDQwOVoYDzIxMDAxMDI3MDAwNDA5WjA1MSYwJAYDVQQDDB1Dcm9zc1Byb3ZpbmNlIHZlY3RvcnMgQmVpamluZzELMAkGA1UEBhMCQ04wWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAT3xL+3uDLIrtCDOVo+v2tXFzbpgq98Qj3Ne7TSrXO8i6Tok9dOM/sB8FmkxV2baGCkYMa4BihGwvOshtj54O1so2YwZDAdBgNVHQ4EFgQU+C5Veypuola7pYYfCB6Ao5lkl04wHwYDVR0jBBgwFoAU+C5Veypuola7pYYfCB6Ao5lkl04wEgYDVR0TAQH/BAgwBgEB/wIBADAOBgNVHQ8BAf8EBAMCAQYwCgYIKoZIzj0EAwIDSAAwRQIgO10H7eqLnh08wrzbis4mfvS7F9wHR1xKvlhigFkMFZACIQC33uwgGZIN/HriTs4/P3KOy3s/FHmuoHSMaJAVYyknng==";

    private const string TianjinAuthority =
        "MIIB1DCCAXqgAwIBAgIUTgDuWxebRbPvTRgJjvLSbsf5/0QwCgYIKoZIzj0EAwIwNTEmMCQGA1UEAwwdQ3Jvc3NQcm92aW5jZSB2ZWN0b3JzIFRpYW5qaW4xCzAJBgNVBAYTAkNOMCAXDTI2MTEyNDAwMDQxMFoYDzIxMDAxMDI3MDAwNDEwWjA1MSYwJAYDVQQDDB1Dcm9zc1Byb3ZpbmNlIHZlY3RvcnMgVGlhbmppbjELMAkGA1UEBhMCQ04wWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAARKqKJyDFK+mRAsd5ROsRL2ELnD45Ny4ihCFfYSjQRdfnL70k3KsVTjOhxgdJNRpU4sKnedqu/A1cUEZs/Tyqueo2YwZDAdBgNVHQ4EFgQUZPsdQYLb6or33hDwf2/SMMqH69owHwYDVR0jBBgwFoAUZPsdQYLb6or33hDwf2/SMMqH69owEgYDVR0TAQH/BAgwBgEB/wIBADAOBgNVHQ8BAf8EBAMCAQYwCgYIKoZIzj0EAwIDSAAwRQIgPTq+Rchz9j8LUDvZhIGEtaLaUPHI1aYVFA9LuTIZLb4CIQD59+5mCplBJv9VtCFTMvwoy4keQ2ZvxF15FmpklW7RTw==";

    private const string HebeiAuthority =
        "MIIBzzCCAXagAwIBAgIUQsqfoxPgC8Yj88fqkUAddPnt/5gwCgYIKoZIzj0EAwIwMzEkMCIGA1UEAwwbQ3Jvc3NQcm92aW5jZSB2ZWN0b3JzIEhlYmVpMQswCQYDVQQGEwJDTjAgFw0yNjExMjQwMDA0MTBaGA8yMTAwMTAyNzAwMDQxMFowMzEkMCIGA1UEAwwbQ3Jvc3NQcm92aW5jZSB2ZWN0b3JzIEhlYmVpMQswCQYDVQQGEwJDTjBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABP7gGynfmPEbU8mQ+v4hkzcRHE2Jc59h7GGtNxn/IGqRvLGjHe2th9MFgewdgFOUXF/9jLM4bquPtfSxtsGTY3OjZjBkMB0GA1UdDgQWBBQ0/RKCU4EdGSFooKamTMmRpenCVTAfBgNVHSMEGDAWgBQ0/RKCU4EdGSFooKamTMmRpenCVTASBgNVHRMBAf8ECDAGAQH/AgEAMA4GA1UdDwEB/wQEAwIBBjAKBggqhkjOPQQDAgNHADBEAiBe+DKILxU+/Mfm9eny7/GDuh9is8++9kLzQg+nSH4QiQIgdlybiuIcamIT0Q39hlKz6XSH4FtLJ2ygaYfwqemy1yQ=";

    internal static LicenceCatalogue Catalogue { get; } = CatalogueFiles.Parse(File("licence-types"), File("scenarios"), File("recognitions"));

    internal static TrustRoots Roots { get; } = new([.. Enumerable.Range(1, 3).Select(i => VectorKeys.Of($"root-{i}").PublicKey)]);

    /// <summary>The trust list of all vectors that name no other.</summary>
    internal static TrustList Federation { get; } = new(
        7,
        Now - 1000,
        Now + 1_000_000,
        [
            Region(
                Beijing,
                "北京市",
                "Beijing",
                BeijingAuthority,
                Key("beijing-code", KeyUse.Code),
                Key("beijing-code-p256", KeyUse.Code),
                Key("beijing-code-business", KeyUse.Code) with { Types = [2] },
                Key("beijing-code-next", KeyUse.Code) with { NotBefore = Now + 86_400 },
                Key("beijing-code-retired", KeyUse.Code) with { RetiredAt = Now - 60 },
                Key("beijing-code-over", KeyUse.Code) with { RetiredAt = Now - 631 },
                Key("beijing-code-compromised", KeyUse.Code) with { CompromisedAt = Now - 5 },
                Key("beijing-twin-1", KeyUse.Code),
                Key("beijing-twin-2", KeyUse.Code),
                Key("beijing-index", KeyUse.Index),
                Key("beijing-index-over", KeyUse.Index) with { NotAfter = Now - 631 },
                Key("beijing-receipt", KeyUse.Receipt)),
            Region(Tianjin, "天津市", "Tianjin", TianjinAuthority, Key("tianjin-code", KeyUse.Code), Key("tianjin-index", KeyUse.Index), Key("tianjin-receipt", KeyUse.Receipt)),
            Region(Hebei, "河北省", "Hebei", HebeiAuthority, Key("hebei-code", KeyUse.Code), Key("hebei-index", KeyUse.Index)),
        ],
        Catalogue.Hash);

    internal static string FileOf(string name) => Path.Combine(AppContext.BaseDirectory, "vectors", name);

    internal static TrustedKey Key(string name, KeyUse use) => new() { Key = VectorKeys.Of(name).PublicKey, Use = use, NotBefore = From, NotAfter = Until };

    /// <summary>The changes of a region in batches, as its node published them.</summary>
    internal static IReadOnlyList<StatusChange[]> ChangesOf(RegionCode region)
    {
        var licences = VectorLicence.All.Where(licence => licence.Region == region).ToArray();
        var seq = 0;
        StatusChange New(VectorLicence of) => new(++seq, (Now - 3600) * 1000, of.List, of.Index, LicenceStatus.InForce, of.Tag, StatusReason.None);
        StatusChange Change(VectorLicence of) => new(++seq, (Now - 90) * 1000, of.List, of.Index, of.Status, of.Tag, of.Reason);
        var first = licences.Where(licence => !licence.IsLate).Select(New).ToArray();
        StatusChange[] second = [.. licences.Where(licence => licence.Status != LicenceStatus.InForce).Select(Change), .. licences.Where(licence => licence.IsLate).Select(New)];
        return second.Length > 0 ? [first, second] : [first];
    }

    private static byte[] File(string name) => System.IO.File.ReadAllBytes(FileOf($"catalogue/{name}.json"));

    private static TrustedRegion Region(RegionCode code, string zh, string en, string authority, params TrustedKey[] keys) => new()
    {
        Code = code,
        Names = new LocalizedText(zh, en),
        CertificateAuthorities = [Convert.FromBase64String(authority)],
        Keys = keys,
        ApiEndpoint = $"https://node.{code}.example:7443",
        ListBound = ListBound,
        PartnerRoles = ["node", "verifier"],
    };
}
