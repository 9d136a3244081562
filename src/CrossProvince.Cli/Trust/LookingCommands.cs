using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Trust;

namespace CrossProvince.Cli.Trust;

/// <summary><c>trust show|diff|check</c>: what a list says, what it changes, and whether it may be handed out.</summary>
internal static class LookingCommands
{
    private static readonly JsonSerializerOptions s_oneLine = new(TrustListFile.JsonOptions) { WriteIndented = false };

    internal static Command CreateShow()
    {
        var file = TrustOptions.File();
        var roots = TrustOptions.Roots(required: false);
        var command = new Command("show", "核对签名并显示信任列表；草稿照样显示 · checks the signatures and shows the trust list; a draft is shown as it is") { file, roots };
        command.SetAction(parsed =>
        {
            var path = parsed.GetRequiredValue(file);
            var (output, language) = (parsed.InvocationConfiguration.Output, Certs.ParsedLanguage.Language(parsed));
            var paper = TrustPaper.Read(path);
            if (paper is { Change: { } change })
            {
                parsed.Say(paper.IsSigned ? $"签名未核对；摘要 {paper.Digest}。" : $"草稿，无人签署；摘要 {paper.Digest}。", paper.IsSigned ? $"The signatures are not judged; digest {paper.Digest}." : $"A draft that nobody has signed; digest {paper.Digest}.");
                if (parsed.WantsJson())
                {
                    output.WriteLine(TrustText.ToJson(change).ToJsonString(s_oneLine));
                }
                else
                {
                    TrustText.Write(change, output, language);
                }

                return;
            }

            var list = paper.IsSigned ? TrustPaper.Open(path, TrustPaper.ReadRoots(parsed.GetValue(roots)!), out _) : paper.List!;
            if (!paper.IsSigned)
            {
                parsed.Say($"草稿，无人签署；摘要 {paper.Digest}。", $"A draft that nobody has signed; digest {paper.Digest}.");
            }

            if (parsed.WantsJson())
            {
                output.WriteLine(TrustText.ToJson(list).ToJsonString(s_oneLine));
            }
            else
            {
                TrustText.Write(list, output, language);
            }
        });
        return command;
    }

    internal static Command CreateDiff()
    {
        var before = new Argument<string>("before") { Description = "现行信任列表 · the list in force", HelpName = "LIST" };
        var after = TrustOptions.File();
        var roots = TrustOptions.Roots();
        var command = new Command("diff", "显示草稿或新列表对现行列表改了什么 · shows what a draft or new list changes against the list in force") { before, after, roots };
        command.SetAction(parsed =>
        {
            var known = TrustPaper.ReadRoots(parsed.GetRequiredValue(roots));
            var old = TrustPaper.Open(parsed.GetRequiredValue(before), known, out _);
            var paper = TrustPaper.Read(parsed.GetRequiredValue(after));
            var changed = paper.List ?? throw new UsageException($"{paper.Path} 是根的更替，不是信任列表。", $"{paper.Path} is a change of roots and no trust list.");
            WriteAll(parsed, TrustChanges.Between(old, changed));
            parsed.Say($"摘要 {paper.Digest}。", $"Digest {paper.Digest}.");
        });
        return command;
    }

    internal static Command CreateCheck()
    {
        var file = TrustOptions.File();
        var roots = TrustOptions.Roots();
        var inForce = TrustOptions.InForce();
        var command = new Command("check", "像节点那样核对一份签好的列表，并说出改动和可疑之处 · checks a signed list as nodes do, and says what it changes and what speaks against it") { file, roots, inForce };
        command.SetAction(parsed =>
        {
            var known = TrustPaper.ReadRoots(parsed.GetRequiredValue(roots));
            var paper = TrustPaper.Read(parsed.GetRequiredValue(file));
            var before = parsed.GetValue(inForce) is { } path ? TrustPaper.Open(path, known, out known) : null;
            var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
            try
            {
                return (int)(paper.Change is null ? CheckList(parsed, paper, known, before, now) : CheckChange(parsed, paper, known));
            }
            catch (TrustListException e)
            {
                parsed.Say($"被拒绝：{e.Message}", $"Refused: {e.Message}");
                return (int)ExitCode.Refused;
            }
        });
        return command;
    }

    private static ExitCode CheckChange(ParseResult parsed, TrustPaper paper, TrustRoots known)
    {
        RootChangeDocument.Open(paper.Bytes, known);
        parsed.Say($"根的更替第 {paper.Change!.Generation} 代：旧根和新根的签名都够了；请列入下一版（trust draft --root-change）。", $"Change to roots of generation {paper.Change.Generation}: enough of the old and of the new roots have signed. Put it into the next version (trust draft --root-change).");
        return ExitCode.Done;
    }

    private static ExitCode CheckList(ParseResult parsed, TrustPaper paper, TrustRoots known, TrustList? before, long now)
    {
        var list = TrustListDocument.Open(paper.Bytes, known, out var signers);
        if (before is not null)
        {
            WriteAll(parsed, TrustChanges.Between(before, list));
        }

        if (before is not null && list.Version <= before.Version)
        {
            throw new TrustListException($"It is version {list.Version}, and version {before.Version} is in force.");
        }

        if (list.IssuedAt > now + 30)
        {
            throw new TrustListException($"It was issued {TrustText.Time(list.IssuedAt)}, which has not come yet: nodes don't take it before then. Is the clock right here, and where it was drafted?");
        }

        if (list.ExpiresAt <= now)
        {
            throw new TrustListException($"It expired {TrustText.Time(list.ExpiresAt)}.");
        }

        foreach (var warning in TrustWarnings.Find(list, before, now))
        {
            parsed.Say($"注意：{warning.Zh}。", $"Note: {warning.En}.");
        }

        var signed = paper.WhoSigned(signers.Keys);
        parsed.Say(
            $"信任列表第 {list.Version} 版可以分发：{signed.Count} 个根签署（{string.Join(' ', signed.Select(key => key.Id))}），{TrustText.Time(list.ExpiresAt)} 到期，摘要 {paper.Digest}。",
            $"Trust list version {list.Version} may be handed out: signed by {signed.Count} roots ({string.Join(' ', signed.Select(key => key.Id))}), expires {TrustText.Time(list.ExpiresAt)}, digest {paper.Digest}.");
        return ExitCode.Done;
    }

    private static void WriteAll(ParseResult parsed, IReadOnlyList<LocalizedText> changes)
    {
        if (parsed.WantsJson())
        {
            foreach (var change in changes)
            {
                parsed.InvocationConfiguration.Output.WriteLine(new JsonObject { ["zh"] = change.Zh, ["en"] = change.En }.ToJsonString(s_oneLine));
            }
        }
        else
        {
            TrustText.WriteChanges(changes, parsed.InvocationConfiguration.Output, Certs.ParsedLanguage.Language(parsed));
        }
    }
}
