using System.CommandLine;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Trust;

namespace CrossProvince.Cli.Trust;

/// <summary>What is said of a region on the command line.</summary>
internal sealed class RegionOptions
{
    private const int UsualBound = 1024;
    private static readonly string[] s_usualRoles = [PartyName.Authority, PartyName.Node, PartyName.Verifier];

    private readonly Option<string> _region;
    private readonly Option<string?> _nameZh = new("--name-zh") { Description = "中文名称 · name in Chinese" };
    private readonly Option<string?> _nameEn = new("--name-en") { Description = "英文名称 · name in English" };
    private readonly Option<string[]> _authorities;
    private readonly Option<string?> _api = new("--api") { Description = "节点地址 · where its node answers", HelpName = "https://HOST:PORT" };
    private readonly Option<int?> _bound = new("--bound") { Description = $"状态表编号上限，默认 {UsualBound} · list numbers are below it; default {UsualBound}" };
    private readonly Option<string[]> _roles = TrustOptions.Several("--roles", "ROLE", "接受的角色，默认全部 · roles accepted, by default all: node verifier authority");

    internal RegionOptions(bool isNew, bool required)
    {
        _region = TrustOptions.Region();
        _region.Required = required;
        _authorities = TrustOptions.Several("--ca", "CERT.PEM", isNew ? "CA 证书 · certificates of its authorities" : "增加的 CA 证书 · certificates of authorities to add");
    }

    internal void AddTo(Command command)
    {
        foreach (var option in new Option[] { _region, _nameZh, _nameEn, _authorities, _api, _bound, _roles })
        {
            command.Add(option);
        }
    }

    internal bool IsGiven(ParseResult parsed) => parsed.GetValue(_region) is not null;

    internal RegionCode Code(ParseResult parsed) => parsed.ReadRegion(_region);

    /// <summary>A new region.</summary>
    internal TrustedRegion Make(ParseResult parsed) => new()
    {
        Code = Code(parsed),
        Names = new LocalizedText(Need(_nameZh, parsed), Need(_nameEn, parsed)),
        CertificateAuthorities = parsed.GetValue(_authorities) is { Length: > 0 } files ? [.. files.Select(ReadCertificate)] : throw Missing(_authorities),
        Keys = [],
        ApiEndpoint = Need(_api, parsed),
        ListBound = parsed.GetValue(_bound) ?? UsualBound,
        PartnerRoles = parsed.GetValue(_roles) is { Length: > 0 } roles ? roles : s_usualRoles,
    };

    /// <summary>A region with what was given changed.</summary>
    internal TrustedRegion Change(ParseResult parsed, TrustedRegion region) => region with
    {
        Names = new LocalizedText(parsed.GetValue(_nameZh) ?? region.Names.Zh, parsed.GetValue(_nameEn) ?? region.Names.En),
        CertificateAuthorities = [.. region.CertificateAuthorities, .. parsed.GetValue(_authorities)!.Select(ReadCertificate).Where(added => !region.CertificateAuthorities.Any(der => der.Span.SequenceEqual(added.Span)))],
        ApiEndpoint = parsed.GetValue(_api) ?? region.ApiEndpoint,
        ListBound = parsed.GetValue(_bound) ?? region.ListBound,
        PartnerRoles = parsed.GetValue(_roles) is { Length: > 0 } roles ? roles : region.PartnerRoles,
    };

    /// <summary>Reads a certificate.</summary>
    /// <exception cref="UsageException">The file is none.</exception>
    internal static ReadOnlyMemory<byte> ReadCertificate(string path)
    {
        try
        {
            using var certificate = X509CertificateLoader.LoadCertificateFromFile(path);
            return certificate.RawData;
        }
        catch (CryptographicException e) when (File.Exists(path))
        {
            throw new UsageException($"{path} 不是证书：{e.Message}", $"{path} is not a certificate: {e.Message}");
        }
    }

    private static string Need(Option<string?> option, ParseResult parsed) => parsed.GetValue(option) ?? throw Missing(option);

    private static UsageException Missing(Option option) => new($"新地区还需要 {option.Name}。", $"A new region needs {option.Name} as well.");
}
