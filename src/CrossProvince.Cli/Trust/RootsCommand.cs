using System.CommandLine;
using CrossProvince.Cli.Certs;
using CrossProvince.Core.Trust;

namespace CrossProvince.Cli.Trust;

/// <summary><c>trust rotate-roots</c>: drafts a change of roots, which enough of the old and of the new ones then sign.</summary>
internal static class RootsCommand
{
    internal static Command Create()
    {
        var from = new Option<string>("--from") { Description = "现行信任列表 · the list in force", HelpName = "LIST", Required = true };
        var roots = TrustOptions.Roots();
        var fresh = TrustOptions.Several("--new", "PUB.PEM", "更替后的全部根公钥，留任的也要写 · all public root keys after the change, also those that stay", required: true);
        var threshold = new Option<int>("--threshold") { Description = "须有几个根签署 · how many of them must sign", DefaultValueFactory = _ => 2 };
        var output = TrustOptions.Out();
        var force = TrustOptions.Force();
        var command = new Command("rotate-roots", "起草根的更替，由旧根和新根各自签署后列入下一版 · drafts a change of roots; once signed by old and new ones it goes into the next version") { from, roots, fresh, threshold, output, force };
        command.SetAction(parsed =>
        {
            var list = TrustPaper.Open(parsed.GetRequiredValue(from), TrustPaper.ReadRoots(parsed.GetRequiredValue(roots)), out var signers);
            var generation = list.RootChanges.Count == 0 ? 2 : RootChangeDocument.Decode(list.RootChanges[^1]).Generation + 1;
            RootChange change;
            try
            {
                change = new RootChange(generation, parsed.GetValue(threshold), DateTimeOffset.UtcNow.ToUnixTimeSeconds(), [.. parsed.GetRequiredValue(fresh).Select(SigningKeyFiles.ReadPublic)]);
            }
            catch (TrustListException e)
            {
                throw new UsageException($"无法起草根的更替：{e.Message}", e.Message);
            }

            if (change.Roots.AreSame(signers))
            {
                throw new UsageException("这些就是现行的根。", "These are the roots already.");
            }

            if (list.Regions.SelectMany(region => region.Keys).FirstOrDefault(key => change.Keys.Contains(key.Key)) is { } taken)
            {
                throw new UsageException($"{taken.Key.Id} 是某地区的签名密钥，不能作根。", $"{taken.Key.Id} is a region's signing key and can't be a root.");
            }

            var payload = RootChangeDocument.EncodePayload(change);
            new OutputFiles(parsed.GetValue(force)).WritePublic(parsed.GetRequiredValue(output), payload);
            parsed.Say(
                $"根的更替第 {generation} 代，摘要 {TrustPaper.DigestOf(payload)}：须由 {signers.Threshold} 个旧根和 {change.Threshold} 个新根签署。",
                $"Change to roots of generation {generation}, digest {TrustPaper.DigestOf(payload)}: {signers.Threshold} of the old roots and {change.Threshold} of the new ones must sign it.");
        });
        return command;
    }
}
