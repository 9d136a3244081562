using System.CommandLine;
using System.Globalization;
using CrossProvince.Contracts.Licences.V1;

namespace CrossProvince.Cli.Licences;

/// <summary><c>licence import|status|show|changes</c>: an authority's work.</summary>
internal static class LicenceCommand
{
    private const string SampleRole = "authority";

    /// <summary>Changes of one page.</summary>
    private const int LargestPage = 1_000;

    internal static Command Create(Runner runner) => new("licence", runner.Say("签发机关：导入、变更、查看证照。", "An authority's work: import, change, look up licences."))
    {
        ImportCommand.Create(runner, SampleRole),
        StatusCommand.Create(runner, SampleRole),
        Show(runner),
        Changes(runner),
    };

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
        var limit = CountOption.Create(runner, "--limit", runner.Say("条数", "how many"), 100);
        var command = new Command("changes", runner.Say("列出状态变更。", "Lists status changes.")) { from, limit };
        runner.Run(command, async (session, parsed, cancellationToken) =>
        {
            var licences = session.Connect(SampleRole).Licences;
            var (next, left) = (Math.Max(1, parsed.GetValue(from)), parsed.GetValue(limit));
            while (left > 0)
            {
                var page = await licences.ListStatusChangesAsync(
                    new ListStatusChangesRequest { FromSeq = next, PageSize = Math.Min(left, LargestPage) }, cancellationToken: cancellationToken);
                session.WriteAll(
                    page.Changes,
                    [session.Say("序号", "Seq"), session.Say("时间", "Time"), session.Say("表", "List"), session.Say("位置", "Index"), session.Say("状态", "Status"), session.Say("原因", "Reason")],
                    change => [$"{change.Seq}", Words.Time(change.Time), $"{change.List}", $"{change.Index}", $"{change.Status}", $"{change.ReasonCode}"]);
                left -= page.Changes.Count;
                next += page.Changes.Count;
                if (page.Changes.Count == 0 || next > page.LastSeq)
                {
                    break;
                }
            }

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
        yield return (language.Say("状态", "Status"), StatusNames.Of(licence.Status));
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
}
