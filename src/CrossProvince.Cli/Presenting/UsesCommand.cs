using System.CommandLine;
using CrossProvince.Contracts.Presentation.V1;

namespace CrossProvince.Cli.Presenting;

/// <summary><c>uses</c>: who verified my licences, newest first.</summary>
internal static class UsesCommand
{
    private const int MaxPage = 200;

    internal static Command Create(Runner runner)
    {
        var signIn = new SignIn(runner);
        var limit = CountOption.Create(runner, "--limit", runner.Say("条数", "how many"), 50);
        var command = new Command("uses", runner.Say("谁核验过我的证照。", "Lists who verified my licences.")) { limit };
        signIn.AddTo(command);
        runner.Run(command, async (session, parsed, cancellationToken) =>
        {
            var client = await signIn.ConnectAsync(session, parsed, cancellationToken);
            session.WriteAll(
                await UsesAsync(client, parsed.GetValue(limit), cancellationToken),
                [
                    session.Say("时间", "Time"), session.Say("地区", "Region"), session.Say("核验方", "Verifier"), session.Say("终端", "Terminal"),
                    session.Say("场景", "Scenario"), session.Say("结果", "Verdict"), session.Say("亮证人", "Shown by"), session.Say("披露", "Disclosed"), session.Say("证照标识", "Licence"),
                ],
                use =>
                [
                    Words.Time(use.Time), use.VerifierRegion, session.Say(use.VerifierNameZh, use.VerifierNameEn) is { Length: > 0 } name ? $"{name} ({use.Verifier})" : use.Verifier, use.TerminalId,
                    use.Scenario, use.Verdict.Replace("VERDICT_", "", StringComparison.Ordinal), Words.Of(use.Presenter, session.Language), string.Join(" ", use.DisclosedFields), use.LicenceId,
                ]);
            return ExitCode.Done;
        });
        return command;
    }

    private static async Task<List<Use>> UsesAsync(PresentationService.PresentationServiceClient client, int limit, CancellationToken cancellationToken)
    {
        var uses = new List<Use>();
        var page = "";
        do
        {
            var request = new ListUsesRequest { PageSize = Math.Min(MaxPage, limit - uses.Count), PageToken = page };
            var response = await client.ListUsesAsync(request, cancellationToken: cancellationToken);
            uses.AddRange(response.Uses);
            page = response.NextPageToken;
        }
        while (page.Length > 0 && uses.Count < limit);
        return uses;
    }
}
