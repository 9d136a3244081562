using System.CommandLine;
using System.Data.Common;
using System.Globalization;
using CrossProvince.Service.Hosting;
using CrossProvince.Service.StatusIndex.Auditing;

namespace CrossProvince.Cli.StatusIndex;

/// <summary><c>status audit</c>: makes the region's chain and lists anew from its database and says the first difference.</summary>
internal static class AuditCommand
{
    internal static Command Create(Runner runner, GlobalOptions options) =>
        new("status", runner.Say("本地区的状态：链、状态表与证照。", "The region's statuses: chain, lists and licences."))
        {
            Audit(runner, options),
            ResumeCommand.Create(runner, options),
            SettleCommand.Create(runner, options),
        };

    private static Command Audit(Runner runner, GlobalOptions options)
    {
        var command = new Command("audit", runner.Say(
            "由数据库重算状态变更链和状态表，并与证照、已发布的索引头、Redis 比较，报告第一处不同。其余参数是节点的配置，与 node 相同；给出 --node 时还比较该节点发布的索引头。",
            "Makes the chain of status changes and the lists anew from the database, compares them with licences, published heads and Redis, and says the first difference. All other arguments are the node's configuration, as for node; with --node the head that this node publishes is compared too."))
        {
            TreatUnmatchedTokensAsErrors = false,
        };
        runner.Run(command, async (session, parsed, cancellationToken) =>
        {
            var configuration = options.NodeConfiguration(parsed);
            var heads = new List<(string Source, byte[] Document)>();
            if (parsed.GetResult(options.Node) is { Implicit: false })
            {
                var node = parsed.GetRequiredValue(options.Node);
                heads.Add((node.ToString(), await ReadHeadAsync(session, cancellationToken)));
            }

            return await RunAsync(session, configuration, heads, cancellationToken);
        });
        return command;
    }

    private static async Task<ExitCode> RunAsync(Session session, string[] configuration, IReadOnlyList<(string Source, byte[] Document)> heads, CancellationToken cancellationToken)
    {
        StatusAuditReport report;
        try
        {
            report = await StatusAudit.RunAsync(configuration, heads, cancellationToken);
        }
        catch (ConfigurationException e)
        {
            throw new UsageException($"无法审计：{e.Message}", $"The audit cannot begin. {e.Message}");
        }
        catch (Exception e) when (e is DbException or TimeoutException)
        {
            await session.Error.WriteLineAsync(session.Say($"数据库无法读取，未得出结论：{e.Message}", $"The database cannot be read; no conclusion was reached: {e.Message}"));
            return ExitCode.NoDecision;
        }

        if (session.Json)
        {
            await session.Out.WriteLineAsync(ResultJson.Of(report));
        }
        else
        {
            Show(session, report);
        }

        if (report.CacheAway)
        {
            await session.Error.WriteLineAsync(session.Say("Redis 无法读取，未与之比较。", "Redis cannot be read and was not compared."));
        }

        return report.Difference is not null ? ExitCode.Refused : report.CacheAway ? ExitCode.NoDecision : ExitCode.Done;
    }

    private static void Show(Session session, StatusAuditReport report)
    {
        static string Number(long number) => number.ToString("N0", CultureInfo.InvariantCulture);
        var moved = report.CacheChunksMoved == 0 ? "" : session.Say($"，{Number(report.CacheChunksMoved)} 块正在写入、未比较", $", {Number(report.CacheChunksMoved)} being written and not compared");
        session.Screen.Write(Words.Facts(
        [
            (session.Say("地区", "Region"), report.Region),
            (session.Say("变更", "Changes"), Number(report.Changes)),
            (session.Say("状态表", "Lists"), Number(report.Lists)),
            (session.Say("证照", "Licences"), Number(report.Licences)),
            (session.Say("已分配位置", "Entries given out"), Number(report.Entries)),
            (session.Say("索引头", "Heads"), string.Join(", ", report.Heads.Select(head => $"{head.Source} ({Number(head.Seq)})"))),
            ("Redis", report.CacheChunks + report.CacheChunksMoved == 0 ? "" : session.Say($"{Number(report.CacheChunks)} 块{moved}", $"{Number(report.CacheChunks)} chunks{moved}")),
        ]));
        session.Out.WriteLine(report.Difference is { } difference
            ? session.Say("第一处不同：", "First difference: ") + session.Language.Say(difference.Text)
            : session.Say("未发现不同。", "No difference was found."));
    }

    private static async Task<byte[]> ReadHeadAsync(Session session, CancellationToken cancellationToken)
    {
        using var response = await session.Connect("verifier").Http.GetAsync(new Uri($"v1/heads/{session.Region}", UriKind.Relative), cancellationToken);
        return response.IsSuccessStatusCode
            ? await response.Content.ReadAsByteArrayAsync(cancellationToken)
            : throw new UsageException(
                $"节点没有给出地区 {session.Region} 的索引头（HTTP {(int)response.StatusCode}）。", $"The node gave no head of region {session.Region} (HTTP {(int)response.StatusCode}).");
    }
}
