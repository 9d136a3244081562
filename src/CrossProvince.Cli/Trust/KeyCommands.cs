using System.CommandLine;
using CrossProvince.Cli.Certs;
using CrossProvince.Core.Trust;

namespace CrossProvince.Cli.Trust;

/// <summary><c>trust add-key|retire-key|compromise-key|remove-key</c>: the signing keys of a draft.</summary>
internal static class KeyCommands
{
    private const long Day = 86_400;
    private const int UsualDays = 730;

    internal static Command CreateAdd()
    {
        var draft = TrustOptions.Draft();
        var region = TrustOptions.Region();
        var file = new Option<string>("--key") { Description = "公钥文件 · public key file", HelpName = "PUB.PEM", Required = true };
        var use = new Option<string>("--use") { Description = "用途 · what it signs", HelpName = "code|index|receipt", Required = true };
        var types = TrustOptions.Several("--types", "TYPE", "只签这些证照类型（目录编号）；省略则不限 · signs these licence types only (ids of the catalogue)");
        var catalogue = CatalogueDirectory.Option();
        var from = TrustOptions.Instant("--from", "何时起签；默认起草后一天，第一版为立即 · signs from then on; by default a day after the draft was begun, in the first version at once");
        var days = new Option<int>("--days") { Description = "签多少天 · for how many days it signs", DefaultValueFactory = _ => UsualDays };
        var command = new Command("add-key", "在草稿中公布一个签名密钥 · publishes a signing key in a draft") { draft, region, file, use, types, catalogue, from, days };
        command.SetAction(parsed =>
        {
            var key = SigningKeyFiles.ReadPublic(parsed.GetRequiredValue(file));
            var list = TrustDrafts.Edit(parsed, draft, list =>
            {
                if (list.RootChanges.Any(change => RootChangeDocument.Decode(change).Keys.Contains(key)))
                {
                    throw new UsageException($"{key.Id} 是根，不能作地区的签名密钥。", $"{key.Id} is a root and can't be a region's signing key.");
                }

                var begin = parsed.ReadInstant(from) ?? (list.Version == 1 ? list.IssuedAt : list.IssuedAt + Day);
                return list.Change(parsed.ReadRegion(region), entry => entry with
                {
                    Keys =
                    [
                        .. entry.Keys,
                        new TrustedKey
                        {
                            Key = key,
                            Use = ReadUse(parsed.GetRequiredValue(use)),
                            Types = parsed.GetValue(types) is { Length: > 0 } ids ? ReadTypes(ids, parsed.GetRequiredValue(catalogue)) : null,
                            NotBefore = begin,
                            NotAfter = begin + (parsed.ReadDays(days) * Day),
                        },
                    ],
                });
            });
            parsed.SayDraft(list, $"已公布密钥 {key.Id}。", $"Published key {key.Id}.");
        });
        return command;
    }

    internal static Command CreateRetire()
    {
        var at = TrustOptions.Instant("--at", "何时停签；默认现在 · ends signing then; by default now");
        return Change(
            "retire-key", "停用草稿中的一个密钥：已签的码仍有效到其期满 · retires a key of a draft: codes that it made stay good until they die", at,
            (key, parsed) => key with { RetiredAt = parsed.ReadInstant(at) ?? Now() }, "停用", "Retired");
    }

    internal static Command CreateCompromise()
    {
        var since = TrustOptions.Instant("--since", "何时泄露；默认现在。只供查阅：该密钥的签名一律立即拒绝 · when it was stolen; by default now. For the record only: whatever it signed is refused at once");
        return Change(
            "compromise-key", "声明草稿中的一个密钥已泄露：凡其所签立即拒绝 · declares a key of a draft stolen: whatever it signed is refused at once", since,
            (key, parsed) => key with { CompromisedAt = parsed.ReadInstant(since) ?? Now() }, "已声明泄露", "Declared stolen:");
    }

    internal static Command CreateRemove() => Change(
        "remove-key", "从草稿中去掉一个停签已久的密钥 · removes a key of a draft that ended signing long ago", null,
        (key, _) => key.CompromisedAt is not null || key.SigningEnds + TrustedKey.VerifyingGraceSeconds < Now()
            ? null
            : throw new UsageException(
                $"密钥 {key.Key.Id} 仍在签名，或其所签仍有效：请先停用，{TrustedKey.VerifyingGraceSeconds} 秒后再去掉。",
                $"Key {key.Key.Id} still signs, or what it signed is still good: retire it first, and remove it {TrustedKey.VerifyingGraceSeconds} s after that."),
        "已去掉", "Removed");

    private static Command Change(string name, string description, Option<string?>? time, Func<TrustedKey, ParseResult, TrustedKey?> change, string zh, string en)
    {
        var draft = TrustOptions.Draft();
        var named = new Option<string>("--key") { Description = "密钥标识或公钥文件 · key id, or public key file", HelpName = "KID|PUB.PEM", Required = true };
        var command = new Command(name, description) { draft, named };
        if (time is not null)
        {
            command.Add(time);
        }

        command.SetAction(parsed =>
        {
            var found = default(TrustedKey);
            var list = TrustDrafts.Edit(parsed, draft, list =>
            {
                found = Find(list, parsed.GetRequiredValue(named));
                return list.With(regions: [.. list.Regions.Select(region => region with { Keys = [.. region.Keys.Select(key => ReferenceEquals(key, found) ? change(key, parsed) : key).OfType<TrustedKey>()] })]);
            });
            parsed.SayDraft(list, $"{zh}密钥 {found!.Key.Id}。", $"{en} key {found.Key.Id}.");
        });
        return command;
    }

    private static TrustedKey Find(TrustList list, string named)
    {
        var wanted = named.EndsWith(".pem", StringComparison.OrdinalIgnoreCase) || File.Exists(named) ? SigningKeyFiles.ReadPublic(named) : null;
        var found = list.Regions.SelectMany(region => region.Keys).Where(key => wanted is null ? key.Key.Id.ToString().Equals(named, StringComparison.OrdinalIgnoreCase) : key.Key.Equals(wanted)).ToList();
        return found.Count switch
        {
            1 => found[0],
            0 => throw new UsageException($"草稿中没有密钥 {named}；用 trust show 查看。", $"The draft has no key {named}; trust show lists them."),
            _ => throw new UsageException($"草稿中有 {found.Count} 个密钥的标识是 {named}：请给出公钥文件。", $"{found.Count} keys of the draft have the id {named}: give the public key file."),
        };
    }

    private static KeyUse ReadUse(string text) => text switch
    {
        "code" => KeyUse.Code,
        "index" => KeyUse.Index,
        "receipt" => KeyUse.Receipt,
        _ => throw new UsageException($"--use {text} 不是 code、index、receipt 之一。", $"--use {text} is not one of code, index, receipt."),
    };

    private static IReadOnlyList<int> ReadTypes(IEnumerable<string> ids, string directory)
    {
        var catalogue = CatalogueDirectory.Read(directory);
        return [.. ids.Select(id => catalogue.FindType(id)?.Number ?? throw new UsageException($"目录中没有证照类型 {id}。", $"The catalogue has no licence type {id}.")).Distinct()];
    }

    private static long Now() => DateTimeOffset.UtcNow.ToUnixTimeSeconds();
}
