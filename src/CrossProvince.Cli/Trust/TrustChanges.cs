using System.Security.Cryptography;
using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Trust;

namespace CrossProvince.Cli.Trust;

/// <summary>What one trust list changes against another, in words.</summary>
internal static class TrustChanges
{
    /// <summary>Every change; empty when both say the same.</summary>
    internal static IReadOnlyList<LocalizedText> Between(TrustList before, TrustList after) =>
    [
        .. Field("版本", "version", $"{before.Version}", $"{after.Version}"),
        .. Field("签发", "issued", TrustText.Time(before.IssuedAt), TrustText.Time(after.IssuedAt)),
        .. Field("到期", "expires", TrustText.Time(before.ExpiresAt), TrustText.Time(after.ExpiresAt)),
        .. Field("目录摘要", "catalogue", TrustText.Hex(before.CatalogueHash), TrustText.Hex(after.CatalogueHash)),
        .. Roots(before, after),
        .. before.Regions.Where(region => after.FindRegion(region.Code) is null).Select(region => new LocalizedText($"- 地区 {region.Code} {region.Names.Zh}", $"- region {region.Code} {region.Names.En}")),
        .. after.Regions.SelectMany(region => before.FindRegion(region.Code) is { } old ? Between(old, region) : New(region)),
    ];

    private static IEnumerable<LocalizedText> Roots(TrustList before, TrustList after)
    {
        foreach (var change in after.RootChanges.Skip(before.RootChanges.Count).Select(document => RootChangeDocument.Decode(document)))
        {
            var keys = string.Join(' ', change.Keys.Select(key => key.Id));
            yield return new($"+ 根的更替：第 {change.Generation} 代，{change.Keys.Count} 个根中须 {change.Threshold} 个签署：{keys}", $"+ change of roots: generation {change.Generation}, {change.Threshold} of {change.Keys.Count} must sign: {keys}");
        }

        if (!before.RootChanges.Take(after.RootChanges.Count).Zip(after.RootChanges).All(pair => pair.First.Span.SequenceEqual(pair.Second.Span)) || after.RootChanges.Count < before.RootChanges.Count)
        {
            yield return new("- 以前的根的更替", "- earlier changes of roots");
        }
    }

    private static IEnumerable<LocalizedText> New(TrustedRegion region) =>
    [
        new($"+ 地区 {region.Code} {region.Names.Zh} {region.ApiEndpoint}，角色 {string.Join(' ', region.PartnerRoles)}", $"+ region {region.Code} {region.Names.En} {region.ApiEndpoint}, roles {string.Join(' ', region.PartnerRoles)}"),
        .. region.CertificateAuthorities.Select(der => Line("+", region, $"CA {TrustText.Authority(der)}")),
        .. region.Keys.Select(key => Line("+", region, TrustText.Key(key))),
    ];

    private static IEnumerable<LocalizedText> Between(TrustedRegion before, TrustedRegion after)
    {
        var (zh, en) = ($"地区 {after.Code} ", $"region {after.Code} ");
        foreach (var change in (IEnumerable<LocalizedText>)
        [
            .. Field($"{zh}名称", $"{en}names", $"{before.Names.Zh} / {before.Names.En}", $"{after.Names.Zh} / {after.Names.En}"),
            .. Field($"{zh}地址", $"{en}endpoint", before.ApiEndpoint, after.ApiEndpoint),
            .. Field($"{zh}状态表上限", $"{en}bound of lists", $"{before.ListBound}", $"{after.ListBound}"),
            .. Field($"{zh}角色", $"{en}roles", string.Join(' ', before.PartnerRoles.Order()), string.Join(' ', after.PartnerRoles.Order())),
        ])
        {
            yield return change;
        }

        var (oldAuthorities, newAuthorities) = (before.CertificateAuthorities.ToDictionary(Thumbprint), after.CertificateAuthorities.ToDictionary(Thumbprint));
        foreach (var (_, der) in oldAuthorities.Where(pair => !newAuthorities.ContainsKey(pair.Key)))
        {
            yield return Line("-", after, $"CA {TrustText.Authority(der)}");
        }

        foreach (var (_, der) in newAuthorities.Where(pair => !oldAuthorities.ContainsKey(pair.Key)))
        {
            yield return Line("+", after, $"CA {TrustText.Authority(der)}");
        }

        var (oldKeys, newKeys) = (before.Keys.ToDictionary(key => key.Key), after.Keys.ToDictionary(key => key.Key));
        foreach (var key in before.Keys.Where(key => !newKeys.ContainsKey(key.Key)))
        {
            yield return Line("-", after, TrustText.Key(key));
        }

        foreach (var key in after.Keys)
        {
            if (!oldKeys.TryGetValue(key.Key, out var old))
            {
                yield return Line("+", after, TrustText.Key(key));
            }
            else if (TrustText.Key(old) is var was && TrustText.Key(key) is var now && was != now)
            {
                yield return Line("~", after, $"{was} → {now}");
            }
        }
    }

    private static LocalizedText Line(string sign, TrustedRegion region, string text) => new($"{sign} 地区 {region.Code} {text}", $"{sign} region {region.Code} {text}");

    private static IEnumerable<LocalizedText> Field(string zh, string en, string before, string after) =>
        before == after ? [] : [new($"~ {zh} {before} → {after}", $"~ {en} {before} → {after}")];

    private static string Thumbprint(ReadOnlyMemory<byte> der) => Convert.ToHexString(SHA256.HashData(der.Span));
}
