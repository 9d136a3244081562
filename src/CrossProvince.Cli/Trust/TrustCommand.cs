using System.CommandLine;
using System.CommandLine.Parsing;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using System.Text.Json.Nodes;
using CrossProvince.Cli.Certs;
using CrossProvince.Core.Trust;

namespace CrossProvince.Cli.Trust;

/// <summary><c>trust build|sign|show</c>: the signed trust list.</summary>
internal static class TrustCommand
{
    internal static Command Create() => new("trust", "生成、签署、查看信任列表 · builds, signs and shows the trust list")
    {
        CreateBuild(),
        CreateSign(),
        CreateShow(),
    };

    private static Command CreateBuild()
    {
        var input = new Option<string>("--in") { Description = "trust-list.json", HelpName = "FILE", Required = true };
        var roots = new Option<string[]>("--roots")
        {
            Description = "根私钥 · private root keys",
            HelpName = "KEY.PEM",
            Required = true,
            AllowMultipleArgumentsPerToken = true,
        };
        var catalogue = CatalogueDirectory.Option();
        var output = OutOption();
        var force = ForceOption();
        var command = new Command("build", "由 JSON 生成并签署信任列表 · makes the trust list from JSON and signs it") { input, roots, catalogue, output, force };
        command.SetAction(parsed =>
        {
            var path = parsed.GetRequiredValue(input);
            var hash = CatalogueDirectory.Read(parsed.GetRequiredValue(catalogue)).Hash;
            var list = TrustListFile.Read(path).Resolve(Path.GetDirectoryName(Path.GetFullPath(path))!, hash);
            var signers = parsed.GetRequiredValue(roots).Select(SigningKeyFiles.ReadPrivate).DistinctBy(signer => signer.PublicKey).ToArray();
            new OutputFiles(parsed.GetValue(force)).WritePublic(parsed.GetRequiredValue(output), TrustListDocument.Sign(list, signers));
            Say(parsed, $"信任列表第 {list.Version} 版，{signers.Length} 个根签名。", $"Trust list version {list.Version}, signed by {signers.Length} roots.");
        });
        return command;
    }

    private static Command CreateSign()
    {
        var file = FileArgument();
        var root = new Option<string>("--root") { Description = "根私钥 · private root key", HelpName = "KEY.PEM", Required = true };
        var output = OutOption();
        var force = ForceOption();
        var command = new Command("sign", "加上另一个根的签名 · adds the signature of another root") { file, root, output, force };
        command.SetAction(parsed =>
        {
            var path = parsed.GetRequiredValue(file);
            var signer = SigningKeyFiles.ReadPrivate(parsed.GetRequiredValue(root));
            byte[] signed;
            try
            {
                signed = TrustListDocument.AddSignature(File.ReadAllBytes(path), signer);
            }
            catch (ArgumentException e)
            {
                throw new UsageException($"{path} 不是可签署的信任列表。", $"{path}: {e.Message}");
            }

            new OutputFiles(parsed.GetValue(force)).WritePublic(parsed.GetRequiredValue(output), signed);
            Say(parsed, $"已加上根 {signer.PublicKey.Id} 的签名。", $"Added the signature of root {signer.PublicKey.Id}.");
        });
        return command;
    }

    private static Command CreateShow()
    {
        var file = FileArgument();
        var roots = new Option<string[]>("--roots")
        {
            Description = "根公钥，至少两个 · public root keys, at least two",
            HelpName = "PUB.PEM",
            Required = true,
            AllowMultipleArgumentsPerToken = true,
        };
        var command = new Command("show", "核对签名并显示信任列表 · checks the signatures and shows the trust list") { file, roots };
        command.SetAction(parsed =>
        {
            var keys = parsed.GetRequiredValue(roots).Select(SigningKeyFiles.ReadPublic).ToArray();
            TrustList list;
            try
            {
                list = TrustListDocument.Open(File.ReadAllBytes(parsed.GetRequiredValue(file)), new TrustRoots(keys));
            }
            catch (TrustListException e)
            {
                throw new UsageException($"信任列表无效：{e.Message}", e.Message);
            }

            var output = parsed.InvocationConfiguration.Output;
            if (parsed.GetResult("--json") is OptionResult { Implicit: false })
            {
                output.WriteLine(ToJson(list).ToJsonString(new JsonSerializerOptions(TrustListFile.JsonOptions) { WriteIndented = false }));
            }
            else
            {
                Write(list, output, parsed.Language());
            }
        });
        return command;
    }

    private static void Write(TrustList list, TextWriter output, Language language)
    {
        output.WriteLine(language.Say(
            $"信任列表第 {list.Version} 版，{Time(list.IssuedAt)} 签发，{Time(list.ExpiresAt)} 到期",
            $"Trust list version {list.Version}, issued {Time(list.IssuedAt)}, expires {Time(list.ExpiresAt)}"));
        output.WriteLine(language.Say($"目录摘要 {Hex(list.CatalogueHash)}", $"Catalogue {Hex(list.CatalogueHash)}"));
        foreach (var region in list.Regions)
        {
            output.WriteLine();
            output.WriteLine($"{region.Code} {language.Say(region.Names)}  {region.ApiEndpoint}");
            output.WriteLine(language.Say(
                $"  状态表少于 {region.ListBound} 个；接受的角色：{string.Join("、", region.PartnerRoles)}",
                $"  fewer than {region.ListBound} lists; roles accepted: {string.Join(", ", region.PartnerRoles)}"));
            foreach (var der in region.CertificateAuthorities)
            {
                using var certificate = X509CertificateLoader.LoadCertificate(der.Span);
                output.WriteLine($"  CA {certificate.Subject}  {Time(new DateTimeOffset(certificate.NotBefore).ToUnixTimeSeconds())} – {Time(new DateTimeOffset(certificate.NotAfter).ToUnixTimeSeconds())}");
            }

            foreach (var key in region.Keys)
            {
                var types = key.Types is { } numbers
                    ? language.Say($"  仅证照类型 {string.Join("、", numbers)}", $"  licence types {string.Join(", ", numbers)} only")
                    : "";
                var retired = key.RetiredAt is { } at ? language.Say($"  {Time(at)} 停用", $"  retired {Time(at)}") : "";
                var compromised = key.CompromisedAt is { } since ? language.Say($"  {Time(since)} 泄露", $"  COMPROMISED {Time(since)}") : "";
                output.WriteLine($"  {key.Use.ToString().ToLowerInvariant(),-8}{key.Key.Id}  {key.Key.Algorithm,-7}{Time(key.NotBefore)} – {Time(key.NotAfter)}{types}{retired}{compromised}");
            }
        }
    }

    private static JsonObject ToJson(TrustList list) => new()
    {
        ["version"] = list.Version,
        ["iat"] = Time(list.IssuedAt),
        ["exp"] = Time(list.ExpiresAt),
        ["catalogue_hash"] = Hex(list.CatalogueHash),
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

    private static JsonObject ToJson(TrustedKey key)
    {
        var json = new JsonObject
        {
            ["kid"] = key.Key.Id.ToString(),
            ["alg"] = (int)key.Key.Algorithm,
            ["use"] = key.Use.ToString().ToLowerInvariant(),
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

    private static JsonArray ToJson<T>(IEnumerable<T> values) => new([.. values.Select(value => JsonValue.Create(value))]);

    private static string Time(long unixSeconds) => $"{DateTimeOffset.FromUnixTimeSeconds(unixSeconds):yyyy-MM-dd'T'HH:mm:ss'Z'}";

    private static string Hex(ReadOnlyMemory<byte> bytes) => Convert.ToHexStringLower(bytes.Span);

    private static Argument<string> FileArgument() => new("file") { Description = "信任列表文件 · file of the trust list", HelpName = "FILE" };

    private static Option<string> OutOption() => new("--out") { Description = "输出文件 · where to write", HelpName = "FILE", Required = true };

    private static Option<bool> ForceOption() => new("--force") { Description = "替换已有文件 · replaces existing files" };

    private static void Say(ParseResult parsed, string zh, string en) =>
        parsed.InvocationConfiguration.Error.WriteLine(parsed.Language().Say(zh, en));
}
