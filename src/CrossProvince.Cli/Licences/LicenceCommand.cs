using System.CommandLine;
using System.Globalization;
using CrossProvince.Contracts.Licences.V1;
using Google.Protobuf.WellKnownTypes;

namespace CrossProvince.Cli.Licences;

/// <summary><c>licence import|status|show|changes</c>: an authority's work.</summary>
internal static class LicenceCommand
{
    private const string SampleRole = "authority";

    private static readonly Dictionary<string, LicenceStatus> s_statuses = System.Enum.GetValues<LicenceStatus>()
        .Where(status => status != LicenceStatus.Unspecified)
        .ToDictionary(Name);

    internal static Command Create(Runner runner) => new("licence", runner.Say("签发机关：导入、变更、查看证照。", "An authority's work: import, change, look up licences."))
    {
        ImportCommand.Create(runner, SampleRole),
        Status(runner),
        Show(runner),
        Changes(runner),
    };

    private static Command Status(Runner runner)
    {
        var id = new Argument<string>("ID") { Description = runner.Say("证照标识", "licence identifier") };
        var set = new Option<string>("--set") { HelpName = "STATUS", Description = runner.Say("新状态", "the new status"), Required = true };
        set.AcceptOnlyFromAmong([.. s_statuses.Keys]);
        var reason = new Option<string>("--reason") { HelpName = "TEXT", Description = runner.Say("原因", "why"), Required = true };
        var effective = new Option<DateTimeOffset?>("--effective-at")
        {
            HelpName = "TIME",
            Description = runner.Say("生效时间（ISO 8601），不晚于现在", "from when (ISO 8601), not in the future"),
        };
        var command = new Command("status", runner.Say("变更一份证照的状态。", "Changes the status of one licence.")) { id, set, reason, effective };
        runner.Run(command, async (session, parsed, cancellationToken) =>
        {
            var response = await session.Connect(SampleRole).Licences.ChangeStatusAsync(
                new ChangeStatusRequest
                {
                    LicenceId = CheckedLicenceId.Read(session, parsed.GetRequiredValue(id)),
                    Status = s_statuses[parsed.GetRequiredValue(set)],
                    Reason = parsed.GetRequiredValue(reason),
                    EffectiveAt = parsed.GetValue(effective) is { } time ? Timestamp.FromDateTimeOffset(time) : null,
                },
                cancellationToken: cancellationToken);
            if (session.Json)
            {
                session.WriteJson(response);
                return ExitCode.Done;
            }

            await session.Out.WriteLineAsync(response.Changed
                ? session.Say($"已变更，序号 {response.Seq}，{Words.Time(response.Time)}", $"Changed: number {response.Seq} of {Words.Time(response.Time)}")
                : session.Say($"状态原已如此，见序号 {response.Seq}", $"It stood so already, since number {response.Seq}"));
            return ExitCode.Done;
        });
        return command;
    }

    private static Command Show(Runner runner)
    {
        var id = new Argument<string>("ID") { Description = runner.Say("证照标识", "licence identifier") };
        var command = new Command("show", runner.Say("查看一份证照。", "Shows one licence.")) { id };
        runner.Run(command, async (session, parsed, cancellationToken) =>
        {
            var response = await session.Connect(SampleRole).Licences.GetLicenceAsync(
                new GetLicenceRequest { LicenceId = CheckedLicenceId.Read(session, parsed.GetRequiredValue(id)) }, cancellationToken: cancellationToken);
            if (session.Json)
            {
                session.WriteJson(response.Licence);
            }
            else
            {
                session.Screen.Write(Words.Facts(Facts(response.Licence, session.Language)));
            }

            return ExitCode.Done;
        });
        return command;
    }

    private static Command Changes(Runner runner)
    {
        var from = new Option<long>("--from") { HelpName = "SEQ", Description = runner.Say("起始序号", "first number wanted"), DefaultValueFactory = _ => 1 };
        var limit = CountOption.Create(runner, "--limit", runner.Say("条数", "how many"), 100, max: 1000);
        var command = new Command("changes", runner.Say("列出状态变更。", "Lists status changes.")) { from, limit };
        runner.Run(command, async (session, parsed, cancellationToken) =>
        {
            var response = await session.Connect(SampleRole).Licences.ListStatusChangesAsync(
                new ListStatusChangesRequest { FromSeq = parsed.GetValue(from), PageSize = parsed.GetValue(limit) }, cancellationToken: cancellationToken);
            session.WriteAll(
                response.Changes,
                [session.Say("序号", "Seq"), session.Say("时间", "Time"), session.Say("表", "List"), session.Say("位置", "Index"), session.Say("状态", "Status"), session.Say("原因", "Reason")],
                change => [$"{change.Seq}", Words.Time(change.Time), $"{change.List}", $"{change.Index}", $"{change.Status}", $"{change.ReasonCode}"]);
            return ExitCode.Done;
        });
        return command;
    }

    private static IEnumerable<(string Name, string Value)> Facts(Licence licence, Language language)
    {
        yield return (language.Say("证照标识", "Licence"), licence.LicenceId);
        yield return (language.Say("类型", "Type"), $"{licence.LicenceType} ({licence.TypeCode})");
        yield return (language.Say("证照号码", "Number"), licence.Number);
        yield return (language.Say("持证主体", "Holder"), Person(licence.Holder));
        yield return (language.Say("签发机关", "Issuer"), $"{licence.IssuerName} ({licence.IssuerCode})");
        yield return (language.Say("签发日期", "Issued on"), licence.IssuedOn);
        yield return (language.Say("有效期起", "Valid from"), licence.ValidFrom);
        yield return (language.Say("有效期至", "Valid until"), Words.Until(licence.ValidUntil, language));
        yield return (language.Say("状态", "Status"), Name(licence.Status));
        yield return (language.Say("状态原因", "Status reason"), licence.StatusReason);
        yield return (language.Say("变更序号", "Last change"), licence.LastSeq.ToString(CultureInfo.InvariantCulture));
        foreach (var (field, value) in licence.Fields.OrderBy(entry => entry.Key, StringComparer.Ordinal))
        {
            yield return (field, value);
        }

        yield return (language.Say("监护人", "Guardians"), string.Join(", ", licence.Guardians.Select(Person)));
        yield return (language.Say("经办人", "Agents"), string.Join(", ", licence.Agents.Select(Person)));
    }

    private static string Person(Party party) => $"{party.Name} ({party.Code})";

    /// <summary>The status as the command line writes it, such as transferred-out.</summary>
    private static string Name(LicenceStatus status) =>
        string.Concat(status.ToString().Select((c, i) => i > 0 && char.IsUpper(c) ? $"-{char.ToLowerInvariant(c)}" : $"{char.ToLowerInvariant(c)}"));
}
