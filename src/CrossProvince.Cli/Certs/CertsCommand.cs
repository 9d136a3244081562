using System.CommandLine;
using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using CrossProvince.Cli.Trust;
using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Signatures;

namespace CrossProvince.Cli.Certs;

/// <summary><c>certs new|root|key|ca|identity</c>: keys and certificates.</summary>
internal static class CertsCommand
{
    internal static Command Create() => new("certs", "生成密钥与证书 · makes keys and certificates")
    {
        CreateNew(),
        CreateRoot(),
        CreateKey(),
        CreateAuthority(),
        CreateIdentity(),
    };

    private static Command CreateNew()
    {
        var outDirectory = OutOption();
        var sample = SampleOption();
        var years = YearsOption(10);
        var from = FromOption();
        var force = ForceOption();
        var catalogue = CatalogueDirectory.Option();
        var regions = new Option<string[]>("--regions")
        {
            Description = "地区代码 · region codes",
            AllowMultipleArgumentsPerToken = true,
            DefaultValueFactory = _ => ["110000", "120000", "130000"],
        };
        var endpoints = new Option<string[]>("--api")
        {
            Description = "地区节点地址 · where a region's node answers",
            HelpName = "REGION=URL",
            AllowMultipleArgumentsPerToken = true,
        };
        var keyHashes = new Option<string?>("--key-hashes")
        {
            Description = "把所有公钥的 SHA-256 写入文件 · also writes the SHA-256 of every public key to this file",
            HelpName = "FILE",
        };
        var command = new Command("new", "一次生成整个联合：根、各地区 CA、身份、签名密钥与信任列表 · makes a whole federation: roots, each region's authority, identities and signing keys, and the trust list")
        {
            outDirectory, sample, years, from, regions, endpoints, catalogue, keyHashes, force,
        };
        command.SetAction(parsed =>
        {
            var directory = parsed.GetRequiredValue(outDirectory);
            var files = new OutputFiles(parsed.GetValue(force));
            if (Directory.Exists(directory))
            {
                files.MustBeFree(Directory.GetFiles(directory, "*.pem", SearchOption.AllDirectories));
            }

            var plan = new SampleFederationPlan
            {
                Regions = [.. parsed.GetRequiredValue(regions).Select(ParseRegion).Distinct()],
                Endpoints = (parsed.GetValue(endpoints) ?? []).Select(ParseEndpoint).ToDictionary(pair => pair.Region, pair => pair.Url),
                Period = ReadPeriod(parsed, from, years),
                Catalogue = CatalogueDirectory.Read(parsed.GetRequiredValue(catalogue)),
                Sample = parsed.GetValue(sample),
            };
            var spkis = SampleFederation.Create(directory, plan, files);
            if (parsed.GetValue(keyHashes) is { } path)
            {
                var lines = spkis.Select(spki => Convert.ToHexStringLower(SHA256.HashData(spki)) + "\n").Order(StringComparer.Ordinal);
                files.WritePublic(path, string.Concat(lines));
            }

            Say(parsed, $"已在 {directory} 生成 {plan.Regions.Count} 个地区的联合。", $"Made a federation of {plan.Regions.Count} regions in {directory}.");
        });
        return command;
    }

    private static Command CreateRoot()
    {
        var outDirectory = OutOption();
        var force = ForceOption();
        var name = new Option<string>("--name") { Description = "文件名 · name of the files", DefaultValueFactory = _ => "root" };
        var command = new Command("root", "生成一个签署信任列表的根密钥（SM2）；三个根分人保管 · makes one root key (SM2) for signing trust lists; the three are kept by different persons") { outDirectory, name, force };
        command.SetAction(parsed => MakeKey(parsed, outDirectory, name, SignatureAlgorithm.Sm2, force));
        return command;
    }

    private static Command CreateKey()
    {
        var outDirectory = OutOption();
        var force = ForceOption();
        var name = new Option<string>("--name") { Description = "文件名 · name of the files", Required = true };
        var algorithm = new Option<SignatureAlgorithm>("--algorithm")
        {
            Description = "算法 · algorithm",
            HelpName = "sm2|esp256",
            DefaultValueFactory = _ => SignatureAlgorithm.Sm2,
        };
        var command = new Command("key", "生成一个签名密钥 · makes one signing key") { outDirectory, name, algorithm, force };
        command.SetAction(parsed => MakeKey(parsed, outDirectory, name, parsed.GetValue(algorithm), force));
        return command;
    }

    private static Command CreateAuthority()
    {
        var outDirectory = OutOption();
        var region = RegionOption();
        var name = new Option<string>("--organisation") { Description = "机构名称 · name of the organisation", Required = true };
        var sample = SampleOption();
        var years = YearsOption(10);
        var from = FromOption();
        var force = ForceOption();
        var command = new Command("ca", "生成一个地区的 CA · makes a region's certificate authority") { outDirectory, region, name, sample, years, from, force };
        command.SetAction(parsed =>
        {
            var directory = parsed.GetRequiredValue(outDirectory);
            var files = new OutputFiles(parsed.GetValue(force));
            var (certificatePath, keyPath) = (Path.Combine(directory, "ca.cert.pem"), Path.Combine(directory, "ca.key.pem"));
            files.MustBeFree(certificatePath, keyPath);
            var (certificate, key) = CertificateMaker.MakeAuthority(
                ParseRegion(parsed.GetRequiredValue(region)), parsed.GetRequiredValue(name), parsed.GetValue(sample), ReadPeriod(parsed, from, years));
            files.WriteSecret(keyPath, key);
            files.WritePublic(certificatePath, certificate);
            Say(parsed, $"已写入 {certificatePath} 和 {keyPath}。", $"Wrote {certificatePath} and {keyPath}.");
        });
        return command;
    }

    private static Command CreateIdentity()
    {
        var outDirectory = OutOption();
        var region = RegionOption();
        var role = new Option<IdentityRole>("--role") { Description = "角色 · role", HelpName = "node|verifier|authority", Required = true };
        var organisation = new Option<string>("--organisation") { Description = "机构统一社会信用代码 · unified social credit code of the organisation", Required = true };
        var authorityDirectory = new Option<string>("--ca") { Description = "CA 目录：ca.cert.pem、ca.key.pem · directory of the authority: ca.cert.pem, ca.key.pem", HelpName = "DIR", Required = true };
        var hosts = new Option<string[]>("--host") { Description = "节点的主机名或地址 · host names or addresses of the node", AllowMultipleArgumentsPerToken = true };
        var sample = SampleOption();
        var years = YearsOption(2);
        var from = FromOption();
        var force = ForceOption();
        var command = new Command("identity", "生成一个节点、核验方或发证机关的证书 · makes the certificate of a node, verifier or authority")
        {
            outDirectory, region, role, organisation, authorityDirectory, hosts, sample, years, from, force,
        };
        command.SetAction(parsed =>
        {
            var directory = parsed.GetRequiredValue(outDirectory);
            var files = new OutputFiles(parsed.GetValue(force));
            string PathOf(string name) => Path.Combine(directory, name);
            files.MustBeFree(PathOf("cert.pem"), PathOf("key.pem"), PathOf("ca.pem"));
            var code = parsed.GetRequiredValue(organisation);
            if (!SocialCreditCode.IsValid(code))
            {
                throw new UsageException($"{code} 不是统一社会信用代码。", $"{code} is not a unified social credit code.");
            }

            using var authority = ReadAuthority(parsed.GetRequiredValue(authorityDirectory));
            var (certificate, key) = CertificateMaker.MakeIdentity(
                authority, ParseRegion(parsed.GetRequiredValue(region)), parsed.GetRequiredValue(role), code, parsed.GetValue(hosts) ?? [], parsed.GetValue(sample), ReadPeriod(parsed, from, years));
            files.WriteSecret(PathOf("key.pem"), key);
            files.WritePublic(PathOf("cert.pem"), certificate);
            files.WritePublic(PathOf("ca.pem"), authority.ExportCertificatePem() + "\n");
            Say(parsed, $"已在 {directory} 写入 cert.pem、key.pem、ca.pem。", $"Wrote cert.pem, key.pem and ca.pem in {directory}.");
        });
        return command;
    }

    private static void MakeKey(ParseResult parsed, Option<string> outDirectory, Option<string> name, SignatureAlgorithm algorithm, Option<bool> force)
    {
        var path = Path.Combine(parsed.GetRequiredValue(outDirectory), parsed.GetRequiredValue(name));
        var signer = SigningKeyFiles.Make(path, algorithm, new OutputFiles(parsed.GetValue(force)));
        Say(parsed, $"已写入 {path}.key.pem 和 {path}.pub.pem，密钥标识 {signer.PublicKey.Id}。", $"Wrote {path}.key.pem and {path}.pub.pem, key id {signer.PublicKey.Id}.");
    }

    private static X509Certificate2 ReadAuthority(string directory)
    {
        try
        {
            return X509Certificate2.CreateFromPemFile(Path.Combine(directory, "ca.cert.pem"), Path.Combine(directory, "ca.key.pem"));
        }
        catch (CryptographicException e)
        {
            throw new UsageException($"{directory} 中的 CA 无法读取：{e.Message}", $"The authority in {directory} can't be read: {e.Message}");
        }
    }

    private static Option<string> OutOption() => new("--out") { Description = "输出目录 · where to write", HelpName = "DIR", Required = true };

    private static Option<string> RegionOption() => new("--region") { Description = "地区代码 · region code", HelpName = "CODE", Required = true };

    private static Option<bool> SampleOption() => new("--sample") { Description = "主题中写明 SAMPLE · puts SAMPLE into every subject" };

    private static Option<bool> ForceOption() => new("--force") { Description = "替换已有文件 · replaces existing files" };

    private static Option<int> YearsOption(int years) => new("--years") { Description = "有效年数，1 至 30 · years of validity, 1 to 30", DefaultValueFactory = _ => years };

    private static Option<string?> FromOption() => new("--from") { Description = "起始日（UTC），默认现在 · first day (UTC), by default from now", HelpName = "YYYY-MM-DD" };

    private static Period ReadPeriod(ParseResult parsed, Option<string?> from, Option<int> years)
    {
        var count = parsed.GetValue(years);
        if (count is < 1 or > 30)
        {
            throw new UsageException($"--years {count} 不在 1 至 30 之间。", $"--years {count} is not within 1 to 30.");
        }

        // Whole seconds: X.509 and the trust list know no smaller ones.
        var start = DateTimeOffset.FromUnixTimeSeconds(DateTimeOffset.UtcNow.ToUnixTimeSeconds());
        if (parsed.GetValue(from) is { } day
            && !DateTimeOffset.TryParseExact(day, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out start))
        {
            throw new UsageException($"--from {day} 不是形如 2026-01-31 的日期。", $"--from {day} is not a date such as 2026-01-31.");
        }

        return Period.OfYears(start, count);
    }

    private static RegionCode ParseRegion(string text) => RegionCode.TryParse(text, out var region)
        ? region
        : throw new UsageException($"“{text}”不是六位地区代码。", $"'{text}' is not a region code of six digits.");

    private static (RegionCode Region, string Url) ParseEndpoint(string text)
    {
        var parts = text.Split('=', 2);
        return parts.Length == 2
            ? (ParseRegion(parts[0]), parts[1])
            : throw new UsageException($"--api {text} 不是 REGION=URL。", $"--api {text} is not REGION=URL.");
    }

    private static void Say(ParseResult parsed, string zh, string en) =>
        parsed.InvocationConfiguration.Error.WriteLine(parsed.Language().Say(zh, en));
}
