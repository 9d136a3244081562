using System.CommandLine;
using CrossProvince.Cli.Certs;
using CrossProvince.Core.Trust;

namespace CrossProvince.Cli.Trust;

/// <summary><c>trust …</c>: the signed trust list and its ceremony (docs/operations.md, "Trust list"). Nothing of it needs a network.</summary>
internal static class TrustCommand
{
    internal static Command Create() => new("trust", "信任列表：起草、签署、核对 · the trust list: drafting, signing, checking")
    {
        CreateBuild(),
        DraftCommand.Create(),
        RegionCommands.CreateAdd(),
        RegionCommands.CreateChange(),
        RegionCommands.CreateRemove(),
        KeyCommands.CreateAdd(),
        KeyCommands.CreateRetire(),
        KeyCommands.CreateCompromise(),
        KeyCommands.CreateRemove(),
        RootsCommand.Create(),
        SigningCommands.CreateSign(),
        SigningCommands.CreateAssemble(),
        LookingCommands.CreateCheck(),
        LookingCommands.CreateDiff(),
        LookingCommands.CreateShow(),
    };

    private static Command CreateBuild()
    {
        var input = new Option<string>("--in") { Description = "trust-list.json", HelpName = "FILE", Required = true };
        var roots = TrustOptions.Several("--roots", "KEY.PEM", "根私钥；省略则写草稿 · private root keys; without them a draft is written");
        var catalogue = CatalogueDirectory.Option();
        var output = TrustOptions.Out();
        var force = TrustOptions.Force();
        var command = new Command("build", "由 JSON 生成并签署信任列表 · makes the trust list from JSON and signs it") { input, roots, catalogue, output, force };
        command.SetAction(parsed =>
        {
            var path = parsed.GetRequiredValue(input);
            var hash = CatalogueDirectory.Read(parsed.GetRequiredValue(catalogue)).Hash;
            var list = TrustListFile.Read(path).Resolve(Path.GetDirectoryName(Path.GetFullPath(path))!, hash);
            var files = new OutputFiles(parsed.GetValue(force));
            var target = parsed.GetRequiredValue(output);
            var signers = parsed.GetValue(roots)!.Select(SigningKeyFiles.ReadPrivate).DistinctBy(signer => signer.PublicKey).ToArray();
            if (signers.Length == 0)
            {
                TrustDrafts.Write(target, list, files);
                parsed.SayDraft(list, $"已写入 {target}：", $"Wrote {target}.");
                return;
            }

            files.WritePublic(target, TrustListDocument.Sign(list, signers));
            parsed.Say($"信任列表第 {list.Version} 版，{signers.Length} 个根签名。", $"Trust list version {list.Version}, signed by {signers.Length} roots.");
        });
        return command;
    }
}
