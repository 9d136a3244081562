using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Signatures;
using PublicKey = CrossProvince.Core.Signatures.PublicKey;

namespace CrossProvince.Core.Trust;

/// <summary>The signed list of regions, their authorities, keys and endpoints; immutable (docs/signed-documents.md).</summary>
/// <remarks>Safe for concurrent calls.</remarks>
public sealed class TrustList
{
    /// <summary>Most regions of a list.</summary>
    public const int MaxRegions = 64;

    /// <summary>Most keys of a region.</summary>
    public const int MaxKeys = 256;

    /// <summary>Most certificate authorities of a region.</summary>
    public const int MaxAuthorities = 16;

    /// <summary>Most keys of a region with the same key id: so many signatures a code may cost.</summary>
    public const int MaxKeysPerId = 4;

    private static readonly string[] s_roles = ["authority", "node", "verifier"];
    private readonly Dictionary<RegionCode, TrustedRegion> _regions = [];
    private readonly Dictionary<ulong, TrustedKey[]> _keys;

    /// <summary>Makes a list that keeps all rules.</summary>
    /// <param name="version">From 1, higher with every new list.</param>
    /// <param name="issuedAt">Unix seconds.</param>
    /// <param name="expiresAt">Unix seconds, after <paramref name="issuedAt"/>.</param>
    /// <param name="regions">1 to 64, each once.</param>
    /// <param name="catalogueHash">Hash of the catalogue that goes with it, 32 bytes.</param>
    /// <param name="rootChanges">Documents of the changes of roots, oldest first, at most 32; null: none.</param>
    /// <exception cref="TrustListException">A rule is broken; the message says which.</exception>
    public TrustList(
        long version, long issuedAt, long expiresAt, IReadOnlyList<TrustedRegion> regions, ReadOnlyMemory<byte> catalogueHash, IReadOnlyList<ReadOnlyMemory<byte>>? rootChanges = null)
    {
        Require(version >= 1, "the version is below 1");
        Require(issuedAt < expiresAt, "the list expires before it was issued");
        Require(catalogueHash.Length == Sm3.HashSize, $"the catalogue's hash has {catalogueHash.Length} bytes, not {Sm3.HashSize}");
        Require(regions.Count is >= 1 and <= MaxRegions, $"the list has {regions.Count} regions, not 1 to {MaxRegions}");
        var keys = new HashSet<PublicKey>();
        foreach (var region in regions)
        {
            Require(_regions.TryAdd(region.Code, region), $"region {region.Code} stands there twice");
            Check(region);
            foreach (var key in region.Keys)
            {
                Require(keys.Add(key.Key), $"key {key.Key.Id} of region {region.Code} stands there twice: a key has one region and one use");
            }
        }

        Require(rootChanges is null or { Count: <= Trust.RootChanges.Max }, "it carries too many changes of roots");
        RootChanges = rootChanges ?? [];
        Version = version;
        IssuedAt = issuedAt;
        ExpiresAt = expiresAt;
        Regions = regions;
        CatalogueHash = catalogueHash;
        _keys = regions
            .SelectMany(region => region.Keys.Select(key => (Place: Place(region.Code, key.Key.Id, key.Use), Key: key)))
            .GroupBy(pair => pair.Place, pair => pair.Key)
            .ToDictionary(group => group.Key, group => group.ToArray());
    }

    /// <summary>From 1, higher with every new list.</summary>
    public long Version { get; }

    /// <summary>Unix seconds.</summary>
    public long IssuedAt { get; }

    /// <summary>Unix seconds. What an expired list is still good for, the verifier decides.</summary>
    public long ExpiresAt { get; }

    /// <summary>The regions, in the list's order.</summary>
    public IReadOnlyList<TrustedRegion> Regions { get; }

    /// <summary>Hash of the catalogue that goes with it, 32 bytes.</summary>
    public ReadOnlyMemory<byte> CatalogueHash { get; }

    /// <summary>Documents of the changes of roots that lead to those who sign it, oldest first; each is judged by <see cref="Trust.RootChanges"/>.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> RootChanges { get; }

    /// <summary>A region, without allocating.</summary>
    /// <returns>Null if the list doesn't have it.</returns>
    public TrustedRegion? FindRegion(RegionCode region) => _regions.GetValueOrDefault(region);

    /// <summary>The keys that an id may mean, good now or not, without allocating.</summary>
    /// <param name="region">The region.</param>
    /// <param name="id">The key id.</param>
    /// <param name="use">What was signed.</param>
    /// <returns>At most <see cref="MaxKeysPerId"/>.</returns>
    public ReadOnlySpan<TrustedKey> FindKeys(RegionCode region, KeyId id, KeyUse use) => _keys.GetValueOrDefault(Place(region, id, use));

    /// <summary>An id that too many of a region's keys have, else null.</summary>
    internal static KeyId? FindCrowded(IEnumerable<KeyId> ids) =>
        ids.GroupBy(id => id).FirstOrDefault(group => group.Count() > MaxKeysPerId)?.Key;

    /// <summary>Region (24 bits), use (8) and id (32) in one number, which is looked up several times faster than the three.</summary>
    private static ulong Place(RegionCode region, KeyId id, KeyUse use) => ((ulong)region.Value << 40) | ((ulong)(byte)use << 32) | id.Value;

    private static void Check(TrustedRegion region)
    {
        var name = $"region {region.Code}";
        Require(RegionCode.TryParse(region.Code.ToString(), out _), $"'{region.Code}' is not a region code");
        Require(region.Names is { Zh.Length: >= 1 and <= 64, En.Length: >= 1 and <= 64 }, $"{name} needs a name in both languages, at most 64 characters");
        Require(region.ListBound is >= 1 and <= ushort.MaxValue + 1, $"{name} has a bound of {region.ListBound} lists, not 1 to 65,536");
        Require(IsEndpoint(region.ApiEndpoint), $"{name} has the endpoint '{region.ApiEndpoint}', which is not a plain https URL");
        Require(region.PartnerRoles.Distinct().Count() == region.PartnerRoles.Count && region.PartnerRoles.All(s_roles.Contains), $"{name} has a partner role other than {string.Join(", ", s_roles)}, or one twice");
        Require(region.CertificateAuthorities.Count is >= 1 and <= MaxAuthorities, $"{name} has {region.CertificateAuthorities.Count} certificate authorities, not 1 to {MaxAuthorities}");
        Require(region.CertificateAuthorities.All(IsAuthority), $"{name} has a certificate that is not a certificate authority's");
        Require(region.Keys.Count <= MaxKeys, $"{name} has {region.Keys.Count} keys, more than {MaxKeys}");
        foreach (var key in region.Keys)
        {
            Require(key.Use is KeyUse.Code or KeyUse.Index or KeyUse.Receipt, $"key {key.Key.Id} of {name} is for no use that a region has");
            Require(key.NotBefore <= key.NotAfter, $"key {key.Key.Id} of {name} ends before it begins");
            Require(key.Types is null || (key.Types.Count <= MaxKeys && key.Types.All(type => type is >= 0 and <= 0x7FFF)), $"key {key.Key.Id} of {name} has a licence type outside 0 to 32,767, or more than {MaxKeys} of them");
        }

        var crowded = FindCrowded(region.Keys.Select(key => key.Key.Id));
        Require(crowded is null, $"{name} has more than {MaxKeysPerId} keys with the id {crowded}");
    }

    private static bool IsEndpoint(string endpoint) =>
        endpoint.Length <= 512 && Uri.TryCreate(endpoint, UriKind.Absolute, out var uri)
        && uri.Scheme == Uri.UriSchemeHttps && uri.UserInfo.Length == 0 && uri.Query.Length == 0 && uri.Fragment.Length == 0;

    private static bool IsAuthority(ReadOnlyMemory<byte> der)
    {
        try
        {
            using var certificate = X509CertificateLoader.LoadCertificate(der.Span);
            return certificate.RawDataMemory.Span.SequenceEqual(der.Span)
                && certificate.Extensions.OfType<X509BasicConstraintsExtension>().Any(constraints => constraints.CertificateAuthority);
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    private static void Require(bool holds, string reason)
    {
        if (!holds)
        {
            throw new TrustListException($"The trust list is refused: {reason}.");
        }
    }
}
