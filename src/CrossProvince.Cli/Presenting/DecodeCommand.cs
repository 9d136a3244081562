using System.CommandLine;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using CrossProvince.Cli.Trust;
using CrossProvince.Core.Catalogue;
using CrossProvince.Core.Presentation;
using CrossProvince.Core.Verification;
using Spectre.Console;

namespace CrossProvince.Cli.Presenting;

/// <summary><c>decode CODE</c>: what a code says, without any claim that it is true.</summary>
internal static class DecodeCommand
{
    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly DateOnly s_epoch = new(1970, 1, 1);

    internal static Command Create(Runner runner)
    {
        var code = new Argument<string>("CODE") { Description = runner.Say("亮证码", "presentation code") };
        var catalogue = CatalogueDirectory.Option();
        var command = new Command("decode", runner.Say("显示码中的内容，不核验。", "Shows what a code says; verifies nothing.")) { code, catalogue };
        runner.Run(command, (session, parsed, _) =>
            Task.FromResult(Decode(session, parsed.GetRequiredValue(code), CatalogueDirectory.Read(parsed.GetRequiredValue(catalogue)))));
        return command;
    }

    private static ExitCode Decode(Session session, string text, LicenceCatalogue catalogue)
    {
        var bytes = new byte[PresentationMessage.MaxBytes];
        var read = PresentationText.Read(text, bytes, out var length);
        if (read != Verdict.Valid)
        {
            throw Unreadable(read);
        }

        if (!PresentationMessage.TryDecode(bytes.AsMemory(0, length), out var message))
        {
            throw Unreadable(Verdict.Malformed);
        }

        var content = DecodedCode.From(message, catalogue);
        if (session.Json)
        {
            session.Out.WriteLine(JsonSerializer.Serialize(content, s_json));
            return ExitCode.Done;
        }

        session.Screen.MarkupLineInterpolated($"[bold black on yellow] {session.Say("未核验 NOT VERIFIED", "NOT VERIFIED 未核验")} [/]");
        session.Screen.WriteLine(session.Say("以下只是码中所写，可能是伪造的；请用 verify 核验。", "This is only what the code says; it may be forged. Use verify."));
        session.Screen.Write(Words.Facts(
        [
            (session.Say("姓名或名称", "Name"), content.Name),
            (session.Say("号码", "Number"), content.Number),
            (session.Say("其他", "Also"), content.Extra ?? ""),
            (session.Say("有效期至", "Valid until"), Words.Until(content.ValidUntil ?? "", session.Language)),
            (session.Say("证照类型", "Licence type"), $"{content.LicenceType}{(content.Specimen ? session.Say("，样证", ", a specimen") : "")}"),
            (session.Say("应用场景", "Scenario"), content.Scenario),
            (session.Say("签发地区", "Issuing region"), content.IssuingRegion),
            (session.Say("亮证人", "Shown by"), content.Presenter),
            (session.Say("签发于", "Issued at"), Words.Time(content.IssuedAt)),
            (session.Say("失效于", "Expires at"), Words.Time(content.ExpiresAt)),
            (session.Say("亮证编号", "Showing"), $"{content.ShowingId} / {content.CodeNumber}"),
            (session.Say("状态表位置", "Status entry"), $"{content.List} / {content.Index}"),
            (session.Say("签名密钥", "Key"), $"{content.KeyId} {content.Algorithm}"),
        ]));
        return ExitCode.Done;
    }

    private static UsageException Unreadable(Verdict read) => read switch
    {
        Verdict.Truncated => new("码不完整，请重新扫描。", "The code is cut short: scan it again."),
        Verdict.UnsupportedVersion => new("这是其他版本的亮证码。", "A code of another version of the format."),
        _ => new("这不是一个亮证码，或一次读到了两个不同的码。", "Not a presentation code, or two different ones in one read."),
    };

    private sealed record DecodedCode(
        bool Verified,
        string IssuingRegion,
        string LicenceType,
        bool Specimen,
        string Scenario,
        string Presenter,
        string Name,
        string Number,
        string? ValidUntil,
        string? Extra,
        DateTimeOffset IssuedAt,
        DateTimeOffset ExpiresAt,
        string ShowingId,
        int CodeNumber,
        int List,
        int Index,
        string KeyId,
        string Algorithm)
    {
        internal static DecodedCode From(in PresentationMessage message, LicenceCatalogue catalogue)
        {
            var claims = message.Claims;
            var display = message.ReadDisplay();
            return new DecodedCode(
                Verified: false,
                claims.Region.ToString(),
                catalogue.FindType(claims.LicenceType)?.Id ?? $"{claims.LicenceType}",
                claims.Specimen,
                catalogue.FindScenario(claims.Scenario)?.Id ?? $"{claims.Scenario}",
                claims.Presenter.ToString().ToLowerInvariant(),
                display.Name,
                display.Number,
                display.LastValidDay is { } day ? s_epoch.AddDays(day).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) : null,
                display.Extra,
                DateTimeOffset.FromUnixTimeSeconds(claims.IssuedAt),
                DateTimeOffset.FromUnixTimeSeconds(claims.ExpiresAt),
                claims.Showing.ToString(),
                claims.CodeNumber,
                claims.List,
                claims.Index,
                message.KeyId.ToString(),
                message.Algorithm.ToString());
        }
    }
}
