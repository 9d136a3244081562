using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Trust;

namespace CrossProvince.Cli.Trust;

/// <summary>Shows trust lists and changes of roots.</summary>
internal static class TrustText
{
    internal static string Time(long unixSeconds) => $"{DateTimeOffset.FromUnixTimeSeconds(unixSeconds):yyyy-MM-dd'T'HH:mm:ss'Z'}";

    internal static string Hex(ReadOnlyMemory<byte> bytes) => Convert.ToHexStringLower(bytes.Span);

    internal static string Name(KeyUse use) => use.ToString().ToLowerInvariant();

    /// <summary>What a file is, in words.</summary>
    internal static (string Zh, string En) Name(TrustPaper paper) => paper.Change is { } change
        ? ($"根的更替第 {change.Generation} 代", $"the change to roots of generation {change.Generation}")
        : ($"信任列表第 {paper.List!.Version} 版", $"trust list version {paper.List.Version}");

    /// <summary>A certificate authority in one line.</summary>
    internal static string Authority(ReadOnlyMemory<byte> der)
    {
        using var certificate = X509CertificateLoader.LoadCertificate(der.Span);
        return $"{certificate.Subject}  {Time(new DateTimeOffset(certificate.NotBefore).ToUnixTimeSeconds())} – {Time(new DateTimeOffset(certificate.NotAfter).ToUnixTimeSeconds())}";
    }

    /// <summary>A key in one line, the same in every language.</summary>
    internal static string Key(TrustedKey key)
    {
        var types = key.Types is { } numbers ? $"  types {string.Join(' ', numbers)}" : "";
        var retired = key.RetiredAt is { } at ? $"  retired {Time(at)}" : "";
        var compromised = key.CompromisedAt is { } since ? $"  COMPROMISED {Time(since)}" : "";
        return $"{Name(key.Use),-8}{key.Key.Id}  {key.Key.Algorithm,-7}{Time(key.NotBefore)} – {Time(key.NotAfter)}{types}{retired}{compromised}";
    }

    internal static void WriteChanges(IReadOnlyList<LocalizedText> changes, TextWriter output, Language language)
    {
        foreach (var change in changes)
        {
            output.WriteLine(language.Say(change));
        }
    }

    internal static void Write(TrustList list, TextWriter output, Language language)
    {
        output.WriteLine(language.Say(
            $"信任列表第 {list.Version} 版，{Time(list.IssuedAt)} 签发，{Time(list.ExpiresAt)} 到期",
            $"Trust list version {list.Version}, issued {Time(list.IssuedAt)}, expires {Time(list.ExpiresAt)}"));
        output.WriteLine(language.Say($"目录摘要 {Hex(list.CatalogueHash)}", $"Catalogue {Hex(list.CatalogueHash)}"));
        foreach (var change in list.RootChanges.Select(document => RootChangeDocument.Decode(document)))
        {
            Write(change, output, language);
        }

        foreach (var region in list.Regions)
        {
            output.WriteLine();
            output.WriteLine($"{region.Code} {language.Say(region.Names)}  {region.ApiEndpoint}");
            output.WriteLine(language.Say(
                $"  状态表少于 {region.ListBound} 个；接受的角色：{string.Join("、", region.PartnerRoles)}",
                $"  fewer than {region.ListBound} lists; roles accepted: {string.Join(", ", region.PartnerRoles)}"));
            foreach (var der in region.CertificateAuthorities)
            {
                output.WriteLine($"  CA {Authority(der)}");
            }

            foreach (var key in region.Keys)
            {
                output.WriteLine($"  {Key(key)}");
            }
        }
    }

    internal static void Write(RootChange change, TextWriter output, Language language) => output.WriteLine(language.Say(
        $"第 {change.Generation} 代根，{Time(change.IssuedAt)} 起草，{change.Keys.Count} 个中须 {change.Threshold} 个签署：{string.Join(' ', change.Keys.Select(key => key.Id))}",
        $"Roots of generation {change.Generation}, drafted {Time(change.IssuedAt)}, {change.Threshold} of {change.Keys.Count} must sign: {string.Join(' ', change.Keys.Select(key => key.Id))}"));

    internal static JsonObject ToJson(TrustList list) => new()
    {
        ["version"] = list.Version,
        ["iat"] = Time(list.IssuedAt),
        ["exp"] = Time(list.ExpiresAt),
        ["catalogue_hash"] = Hex(list.CatalogueHash),
        ["roots"] = new JsonArray([.. list.RootChanges.Select(document => RootChangeDocument.Decode(document)).Select(ToJson)]),
        ["regions"] = new JsonArray([.. list.Regions.Select(region => new JsonObject
        {
            ["code"] = region.Code.ToString(),
            ["names"] = new JsonObject { ["zh"] = region.Names.Zh, ["en"] = region.Names.En },
            ["endpoints"] = new JsonObject { ["api"] = region.ApiEndpoint },
            ["lists"] = new JsonObject { ["bound"] = region.ListBound },
            ["partners"] = new JsonObject { ["roles"] = ToJson(region.PartnerRoles) },
            ["cas"] = ToJson(region.CertificateAuthorities.Select(der => Convert.ToBase64String(der.Span))),
            ["keys"] = new JsonArray([.. region.Keys.Select(ToJson)]),
        })]),
    };

    internal static JsonObject ToJson(RootChange change) => new()
    {
        ["generation"] = change.Generation,
        ["threshold"] = change.Threshold,
        ["iat"] = Time(change.IssuedAt),
        ["keys"] = ToJson(change.Keys.Select(key => key.Id.ToString())),
    };

    internal static JsonArray ToJson<T>(IEnumerable<T> values) => new([.. values.Select(value => JsonValue.Create(value))]);

    private static JsonObject ToJson(TrustedKey key)
    {
        var json = new JsonObject
        {
            ["kid"] = key.Key.Id.ToString(),
            ["alg"] = (int)key.Key.Algorithm,
            ["use"] = Name(key.Use),
            ["spki"] = Convert.ToBase64String(key.Key.Spki.Span),
            ["not_before"] = Time(key.NotBefore),
            ["not_after"] = Time(key.NotAfter),
        };
        if (key.Types is { } types)
        {
            json["types"] = ToJson(types);
        }

        if (key.RetiredAt is { } retiredAt)
        {
            json["retired_at"] = Time(retiredAt);
        }

        if (key.CompromisedAt is { } compromisedAt)
        {
            json["compromised_at"] = Time(compromisedAt);
        }

        return json;
    }
}
