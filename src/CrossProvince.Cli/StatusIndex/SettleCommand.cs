using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using CrossProvince.Core.Identifiers;
using CrossProvince.Service.Federation.Following;
using CrossProvince.Service.Hosting;

namespace CrossProvince.Cli.StatusIndex;

/// <summary><c>status settle</c>: says which history of a partner region holds that has signed two.</summary>
internal static class SettleCommand
{
    private static readonly JsonSerializerOptions s_json = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase, NumberHandling = System.Text.Json.Serialization.JsonNumberHandling.WriteAsString };

    internal static Command Create(Runner runner, GlobalOptions options)
    {
        var partner = new Option<string>("--partner")
        {
            Description = runner.Say("签出两条不同变更链的伙伴地区。", "The partner region that has signed two histories."),
            HelpName = "REGION",
            Required = true,
        };
        var ours = new Option<bool>("--ours")
        {
            Description = runner.Say("以本地区一直跟随的为准：该地区已回到这条链。", "What was followed holds: the region has come back to that history."),
        };
        var theirs = new Option<bool>("--theirs")
        {
            Description = runner.Say("以该地区现在签发的为准：忘掉此前的副本，全部重新取得。", "What the region signs now holds: the copy so far is forgotten, and all is fetched anew."),
        };
        var evidence = new Option<DirectoryInfo?>("--evidence")
        {
            Description = runner.Say("写入互相矛盾的两份签名文件（held.cose、other.cose），供该地区查证。", "Gets the two signed documents that contradict each other (held.cose, other.cose), to show to that region."),
            HelpName = "DIR",
        };
        var command = new Command("settle", runner.Say(
            "伙伴地区就同一变更签出两条不同的链之后，说明以哪一条为准；此前节点不再跟随该地区。两者都不给出时只显示现状。其余参数是本地区节点的配置，与 node 相同。",
            "Says which history holds after a partner region has signed two of one change; until then nodes follow it no further. Without --ours or --theirs it only says how things stand. All other arguments are the configuration of this region's node, as for node."))
        {
            partner,
            ours,
            theirs,
            evidence,
        };
        command.TreatUnmatchedTokensAsErrors = false;
        runner.Run(command, (session, parsed, cancellationToken) =>
        {
            var (keep, take) = (parsed.GetValue(ours), parsed.GetValue(theirs));
            if (keep && take)
            {
                throw new UsageException("--ours 与 --theirs 只能给出一个。", "Give one of --ours and --theirs, not both.");
            }

            if (!RegionCode.TryParse(parsed.GetRequiredValue(partner), out var region))
            {
                throw new UsageException("--partner 不是六位地区代码。", "--partner is not a region code of six digits.");
            }

            var choice = keep ? ForkChoice.Ours : take ? ForkChoice.Theirs : ForkChoice.None;
            return RunAsync(session, options.NodeConfiguration(parsed), region, choice, parsed.GetValue(evidence)?.FullName, cancellationToken);
        });
        return command;
    }

    private static async Task<ExitCode> RunAsync(Session session, string[] configuration, RegionCode partner, ForkChoice choice, string? evidence, CancellationToken cancellationToken)
    {
        ForkReport report;
        try
        {
            report = await ForkSettlement.RunAsync(configuration, partner, choice, evidence, cancellationToken);
        }
        catch (ConfigurationException e)
        {
            throw new UsageException($"没有改动任何内容：{e.Message}", $"Nothing was changed. {e.Message}");
        }
        catch (IOException e)
        {
            await session.Error.WriteLineAsync(session.Say($"没有改动任何内容：{e.Message}", $"Nothing was changed. {e.Message}"));
            return ExitCode.NoDecision;
        }

        if (session.Json)
        {
            await session.Out.WriteLineAsync(JsonSerializer.Serialize(report, s_json));
            return ExitCode.Done;
        }

        var none = session.Say("无", "none");
        session.Screen.Write(Words.Facts(
        [
            (session.Say("伙伴地区", "Partner region"), report.Region),
            (session.Say("已跟随至变更", "Followed up to change"), report.Seq.ToString("N0", CultureInfo.InvariantCulture)),
            (session.Say("其链哈希", "The chain's hash there"), report.Hash),
            (session.Say("两条链分歧的变更", "Two histories of change"), report.ForkedSeq?.ToString("N0", CultureInfo.InvariantCulture) ?? none),
            (session.Say("发现时间", "Found"), report.ForkedAt?.ToString("u", CultureInfo.InvariantCulture) ?? none),
        ]));
        if (report.IsSettled)
        {
            await session.Out.WriteLineAsync(session.Say("已定。节点将在数秒内重新跟随该地区；若其仍与所定的链不符，会再次告警。", "Settled. Nodes follow the region again within seconds; if it still contradicts what holds, the alarm is raised again."));
        }

        return ExitCode.Done;
    }
}
