using System.CommandLine;
using CrossProvince.Cli.Trust;

namespace CrossProvince.Cli.Demo;

/// <summary><c>demo</c>: the whole story in one command.</summary>
internal static class DemoCommand
{
    private static readonly DemoChapter[] s_chapters = [DemoChapter.Recognition, DemoChapter.Status, DemoChapter.Fraud, DemoChapter.CutOff];

    internal static Command Create(Runner runner)
    {
        var keep = new Option<string?>("--keep") { HelpName = "DIR", Description = runner.Say("保留全部文件（密钥、数据库、日志）的空目录", "an empty folder to keep all files in: keys, databases, logs") };
        var only = new Option<string[]>("--only")
        {
            HelpName = "PART",
            Description = runner.Say("只演示这些部分", "runs these parts only"),
            AllowMultipleArgumentsPerToken = true,
            DefaultValueFactory = _ => [.. s_chapters.Select(DemoStep.Name)],
        };
        only.AcceptOnlyFromAmong([.. s_chapters.Select(DemoStep.Name)]);
        var expect = new Option<string[]>("--expect")
        {
            HelpName = "STEP=RESULT",
            Description = runner.Say("改变一个步骤的预期，用来看演示如何报错", "expects something else of a step, to see the demonstration fail"),
        };
        expect.Validators.Add(result =>
        {
            foreach (var token in result.Tokens.Where(token => DemoStep.All.All(step => !token.Value.StartsWith(step.Id + "=", StringComparison.Ordinal))))
            {
                result.AddError(runner.Say(
                    $"--expect {token.Value} 不是 STEP=RESULT；步骤有：{string.Join(" ", DemoStep.All.Select(step => step.Id))}",
                    $"--expect {token.Value} is not STEP=RESULT; the steps are: {string.Join(" ", DemoStep.All.Select(step => step.Id))}"));
            }
        });
        var command = new Command("demo", runner.Say(
            "演示：本机启动三个地区的节点，亮证、核验、吊销、造假、断网，最后列表。",
            "The whole story on this machine: three regions' nodes, codes shown, verified, revoked, forged, a region cut off; a table at the end.")) { keep, only, expect };
        runner.Run(command, async (session, parsed, cancellationToken) =>
        {
            var parts = parsed.GetRequiredValue(only);
            var chapters = s_chapters.Where(chapter => parts.Contains(DemoStep.Name(chapter))).Prepend(DemoChapter.Preparation).ToHashSet();
            var expected = (parsed.GetValue(expect) ?? []).Select(text => text.Split('=', 2)).ToDictionary(pair => pair[0], pair => pair[1]);
            using var folder = new DemoFolder(parsed.GetValue(keep));
            var report = new DemoReport(session, chapters, expected);
            try
            {
                var catalogue = CatalogueDirectory.Read(Path.Combine(AppContext.BaseDirectory, "catalogue"));
                await using var children = new ChildProcesses(folder.Root);
                using var story = new DemoStory(session, folder, children, catalogue, report, chapters);
                await story.RunAsync(cancellationToken);
            }
            catch (DemoException e)
            {
                await session.Error.WriteLineAsync(session.Language.Say(e.Text));
                return ExitCode.Refused;
            }

            return report.Finish() ? ExitCode.Done : ExitCode.Refused;
        });
        return command;
    }
}
