using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using CrossProvince.Core.Status;
using CrossProvince.Service.Hosting;
using CrossProvince.Service.StatusIndex;

namespace CrossProvince.Cli.StatusIndex;

/// <summary><c>status resume</c>: tells a region whose database was restored from an older backup how to go on.</summary>
internal static class ResumeCommand
{
    private static readonly JsonSerializerOptions s_json = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase, NumberHandling = System.Text.Json.Serialization.JsonNumberHandling.WriteAsString };

    internal static Command Create(Runner runner, GlobalOptions options)
    {
        var withoutLists = new Option<bool>("--without-lists")
        {
            Description = runner.Say(
                "没有任何节点持有已发布的状态表：先允许重新录入丢失的变更，仍不发布。", "No node holds the published lists any more: lost changes may be entered again first, and nothing is published yet."),
        };
        var publish = new Option<bool>("--publish")
        {
            Description = runner.Say("在 --without-lists 之后：丢失的变更已全部重新录入，可以发布。", "After --without-lists: all lost changes have been entered again, publish."),
        };
        var command = new Command("resume", runner.Say(
            "数据库由旧备份恢复后，说明如何继续：用 --node（及 --identity，须为节点证书）指明仍持有本地区已发布索引的伙伴节点，丢失的变更由此找回。其余参数是节点的配置，与 node 相同。",
            "Says how to go on after the database was restored from an older backup: --node (with --identity, a node's certificate) names a partner's node that still holds what this region published, from which lost changes are taken. All other arguments are the node's configuration, as for node."))
        {
            withoutLists,
            publish,
        };
        command.TreatUnmatchedTokensAsErrors = false;
        runner.Run(command, async (session, parsed, cancellationToken) =>
        {
            var (enter, goOn, hasNode) = (parsed.GetValue(withoutLists), parsed.GetValue(publish), parsed.GetResult(options.Node) is { Implicit: false });
            if ((enter ? 1 : 0) + (goOn ? 1 : 0) + (hasNode ? 1 : 0) != 1)
            {
                throw new UsageException("须且只须给出 --node、--without-lists、--publish 之一。", "Give exactly one of --node, --without-lists, --publish.");
            }

            var configuration = parsed.UnmatchedTokens.ToList();
            if (parsed.GetResult(options.Region) is { Implicit: false })
            {
                configuration.AddRange(["--Region", session.Region.ToString()]);
            }

            return await RunAsync(session, [.. configuration], hasNode ? session.Connect("node").Http : null, goOn, cancellationToken);
        });
        return command;
    }

    private static async Task<ExitCode> RunAsync(Session session, string[] configuration, HttpClient? partner, bool publish, CancellationToken cancellationToken)
    {
        ResumptionReport report;
        try
        {
            report = await ChainResumption.RunAsync(configuration, partner, publish, cancellationToken);
        }
        catch (ConfigurationException e)
        {
            throw new UsageException($"无法继续：{e.Message}", $"Nothing was resumed. {e.Message}");
        }
        catch (Exception e) when (e is StatusDocumentException or HttpRequestException)
        {
            await session.Error.WriteLineAsync(session.Say($"没有改动任何内容：{e.Message}", $"Nothing was changed. {e.Message}"));
            return ExitCode.NoDecision;
        }

        if (session.Json)
        {
            await session.Out.WriteLineAsync(JsonSerializer.Serialize(report, s_json));
            return ExitCode.Done;
        }

        static string Number(long number) => number.ToString("N0", CultureInfo.InvariantCulture);
        session.Screen.Write(Words.Facts(
        [
            (session.Say("地区", "Region"), report.Region),
            (session.Say("备份止于变更", "Backup ended at change"), Number(report.After)),
            (session.Say("曾发布至变更", "Published up to change"), Number(report.Lost)),
            (session.Say("现止于变更", "Now at change"), Number(report.Last)),
            (session.Say("找回状态的证照", "Statuses taken back"), Number(report.Statuses)),
            (session.Say("须重新导入的证照", "Licences to import again"), Number(report.Again)),
        ]));
        await session.Out.WriteLineAsync(report.Hold == "None"
            ? session.Say("节点重新发布。请重新导入备份之后的证照，再运行 status audit。", "The nodes publish again. Import again what came after the backup, then run status audit.")
            : session.Say("现在可以录入变更，但仍不发布：录入全部丢失的变更后，运行 status resume --publish。", "Changes are taken, nothing is published: enter all that was lost, then run status resume --publish."));
        return ExitCode.Done;
    }
}
