using System.CommandLine;
using CrossProvince.Cli.Licences;
using CrossProvince.Contracts.Presentation.V1;
using CrossProvince.Core.Presentation;

namespace CrossProvince.Cli.Presenting;

/// <summary><c>present</c>: makes a code and draws it; <c>--cancel</c> withdraws a showing, <c>--list</c> lists what can be shown.</summary>
internal static class PresentCommand
{
    internal static Command Create(Runner runner)
    {
        var signIn = new SignIn(runner);
        var scenario = new Option<string?>("--scenario") { HelpName = "ID", Description = runner.Say("应用场景", "scenario") };
        var showing = new Option<string?>("--showing") { HelpName = "ID", Description = runner.Say("续接的亮证", "showing to continue") };
        var png = new Option<string?>("--png") { HelpName = "FILE", Description = runner.Say("二维码 PNG 文件", "writes the QR code as PNG") };
        var svg = new Option<string?>("--svg") { HelpName = "FILE", Description = runner.Say("二维码 SVG 文件", "writes the QR code as SVG") };
        var cancel = new Option<string?>("--cancel") { HelpName = "SHOWING", Description = runner.Say("撤回一次亮证", "withdraws a showing") };
        var list = new Option<bool>("--list") { Description = runner.Say("列出可亮的证照", "lists the licences that can be shown") };
        var command = new Command("present", runner.Say("亮证：生成亮证码。", "Shows a licence: makes a presentation code.")) { scenario, showing, png, svg, cancel, list };
        signIn.AddTo(command);
        command.Validators.Add(result =>
        {
            var making = result.GetValue(cancel) is null && !result.GetValue(list);
            if (making && (result.GetValue(signIn.Licence) is null || result.GetValue(scenario) is null))
            {
                result.AddError(runner.Say("present 需要 --licence 和 --scenario，或 --cancel，或 --list。", "present needs --licence and --scenario, or --cancel, or --list."));
            }
        });
        runner.Run(command, async (session, parsed, cancellationToken) =>
        {
            CheckedLicenceId.Read(session, parsed.GetValue(signIn.Licence));
            var client = await signIn.ConnectAsync(session, parsed, cancellationToken);
            if (parsed.GetValue(cancel) is { } withdrawn)
            {
                return await CancelAsync(session, client, withdrawn, cancellationToken);
            }

            if (parsed.GetValue(list))
            {
                return await ListAsync(session, client, cancellationToken);
            }

            var request = new CreatePresentationRequest
            {
                LicenceId = parsed.GetRequiredValue(signIn.Licence),
                Scenario = parsed.GetRequiredValue(scenario),
                ShowingId = parsed.GetValue(showing) ?? "",
                Presenter = signIn.Presenter(parsed),
            };
            var (pngFile, svgFile) = (parsed.GetValue(png), parsed.GetValue(svg));
            if (pngFile is not null)
            {
                request.Formats.Add(PictureFormat.Png);
            }

            if (svgFile is not null)
            {
                request.Formats.Add(PictureFormat.Svg);
            }

            var response = await client.CreatePresentationAsync(request, cancellationToken: cancellationToken);
            if (pngFile is not null)
            {
                await File.WriteAllBytesAsync(pngFile, response.Png.ToByteArray(), cancellationToken);
            }

            if (svgFile is not null)
            {
                await File.WriteAllTextAsync(svgFile, response.Svg, cancellationToken);
            }

            Write(session, response);
            return ExitCode.Done;
        });
        return command;
    }

    private static void Write(Session session, CreatePresentationResponse response)
    {
        if (session.Json)
        {
            session.WriteJson(response);
            return;
        }

        session.Out.WriteLine(PresentationQr.Terminal(response.Code));
        session.Out.WriteLine(response.Code);
        session.Screen.Write(Words.Facts(
        [
            (session.Say("亮证编号", "Showing"), response.ShowingId),
            (session.Say("有效至", "Valid until"), Words.Time(response.ExpiresAt)),
            (session.Say("宜刷新于", "Refresh after"), Words.Time(response.RefreshAfter)),
        ]));
    }

    private static async Task<ExitCode> CancelAsync(
        Session session, PresentationService.PresentationServiceClient client, string showing, CancellationToken cancellationToken)
    {
        var response = await client.CancelPresentationAsync(new CancelPresentationRequest { ShowingId = showing }, cancellationToken: cancellationToken);
        if (session.Json)
        {
            session.WriteJson(response);
            return ExitCode.Done;
        }

        await session.Out.WriteLineAsync(session.Say($"已撤回，自 {Words.Time(response.WithdrawnAt)} 起本地区拒绝。", $"Withdrawn: refused in this region from {Words.Time(response.WithdrawnAt)}."));
        if (!response.EffectiveEverywhere)
        {
            await session.Out.WriteLineAsync(session.Say(
                $"其他地区可能仍接受已发出的码，最迟至 {Words.Time(response.LastCodeExpiresAt)}。",
                $"Other regions may still accept codes already made, until {Words.Time(response.LastCodeExpiresAt)} at the latest."));
        }

        return ExitCode.Done;
    }

    private static async Task<ExitCode> ListAsync(Session session, PresentationService.PresentationServiceClient client, CancellationToken cancellationToken)
    {
        var response = await client.ListLicencesAsync(new ListLicencesRequest(), cancellationToken: cancellationToken);
        session.WriteAll(
            response.Licences,
            [
                session.Say("证照标识", "Licence"), session.Say("类型", "Type"), session.Say("姓名或名称", "Name"), session.Say("号码", "Number"),
                session.Say("亮证人", "Shown by"), session.Say("应用场景", "Scenarios"),
            ],
            licence =>
            [
                licence.LicenceId, licence.LicenceType, licence.Display?.Name ?? "", licence.Display?.Number ?? "", Words.Of(licence.Presenter, session.Language),
                licence.CanBeShown ? string.Join(" ", licence.Scenarios) : session.Language.Say(licence.ReasonZh, licence.ReasonEn),
            ]);
        return ExitCode.Done;
    }
}
