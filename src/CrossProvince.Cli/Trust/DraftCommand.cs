using System.CommandLine;
using CrossProvince.Cli.Certs;
using CrossProvince.Core.Trust;

namespace CrossProvince.Cli.Trust;

/// <summary><c>trust draft</c>: begins the next version of a list, or the first; a renewal is a draft in which nothing else changes.</summary>
internal static class DraftCommand
{
    private const int UsualDays = 90;

    internal static Command Create()
    {
        var from = new Option<string?>("--from") { Description = "现行信任列表；省略则起草第一版，须给出第一个地区 · the list in force; without it the first version begins, with its first region", HelpName = "LIST" };
        var roots = TrustOptions.Roots(required: false);
        var days = new Option<int>("--days") { Description = "有效天数 · days until it expires", DefaultValueFactory = _ => UsualDays };
        var catalogue = new Option<string?>("--catalogue") { Description = "目录所在目录；省略则不变，第一版用随程序附带的 · directory of the catalogue; left out: as before, in the first version the one that comes with the program", HelpName = "DIR" };
        var changes = TrustOptions.Several("--root-change", "FILE", "由旧根和新根签署的根的更替 · changes of roots, signed by old and new roots");
        var region = new RegionOptions(isNew: true, required: false);
        var output = TrustOptions.Out();
        var force = TrustOptions.Force();
        var command = new Command("draft", "起草下一版（续期、改动都由此开始） · drafts the next version: renewals and changes begin with it") { from, roots, days, catalogue, changes, output, force };
        region.AddTo(command);
        command.SetAction(parsed =>
        {
            var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
            var until = now + (parsed.ReadDays(days) * 86_400L);
            TrustList list;
            try
            {
                list = parsed.GetValue(from) is { } path ? Next(path) : First();
            }
            catch (TrustListException e)
            {
                throw new UsageException($"无法起草：{e.Message}", $"Nothing was drafted. {e.Message}");
            }

            TrustDrafts.Write(parsed.GetRequiredValue(output), list, new OutputFiles(parsed.GetValue(force)));
            parsed.SayDraft(list, $"已写入 {parsed.GetRequiredValue(output)}：", $"Wrote {parsed.GetRequiredValue(output)}.");

            TrustList Next(string path)
            {
                if (region.IsGiven(parsed))
                {
                    throw new UsageException("--region 只用于第一版；请起草后用 trust add-region。", "--region is for the first version only; use trust add-region on the draft.");
                }

                var inForce = TrustPaper.Open(path, TrustPaper.ReadRoots(parsed.GetValue(roots)!), out var signers);
                IReadOnlyList<ReadOnlyMemory<byte>> all = [.. inForce.RootChanges, .. parsed.GetValue(changes)!.Select(file => (ReadOnlyMemory<byte>)File.ReadAllBytes(file))];
                RootChanges.Follow(signers, all);
                var hash = parsed.GetValue(catalogue) is { } directory ? CatalogueDirectory.Read(directory).Hash : inForce.CatalogueHash;
                return inForce.With(inForce.Version + 1, Math.Max(now, inForce.IssuedAt), until, catalogueHash: hash, rootChanges: all);
            }

            TrustList First()
            {
                if (!region.IsGiven(parsed) || parsed.GetValue(changes)!.Length > 0)
                {
                    throw new UsageException("第一版要有第一个地区（--region 等），且没有根的更替；以后的版本请用 --from。", "The first version needs its first region (--region and so on) and has no change of roots; for a later one give --from.");
                }

                return new TrustList(1, now, until, [region.Make(parsed)], CatalogueDirectory.Read(parsed.GetValue(catalogue) ?? Path.Combine(AppContext.BaseDirectory, "catalogue")).Hash);
            }
        });
        return command;
    }
}
