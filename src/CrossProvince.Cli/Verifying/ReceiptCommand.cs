using System.CommandLine;
using System.Text.Encodings.Web;
using System.Text.Json;
using CrossProvince.Cli.Certs;
using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Status;
using CrossProvince.Core.Trust;
using Spectre.Console;

namespace CrossProvince.Cli.Verifying;

/// <summary><c>receipt RECEIPT</c>: whether a receipt, from a file or off a printed record, is genuine, and what it says.</summary>
internal static class ReceiptCommand
{
    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    internal static Command Create(Runner runner)
    {
        var receipt = new Argument<string>("RECEIPT") { Description = runner.Say("核验凭据的文件，或核验单上二维码的文字（CPR1…）", "file of a receipt, or the text of a printed record's QR code (CPR1…)") };
        var region = new Option<string>("--region") { HelpName = "CODE", Description = runner.Say("核验所在地区，如 110000", "region that verified, such as 110000"), Required = true };
        var trust = new Option<string>("--trust") { HelpName = "FILE", Description = runner.Say("信任列表", "trust list"), Required = true };
        var roots = new Option<string[]>("--roots")
        {
            HelpName = "PUB.PEM",
            Description = runner.Say("根公钥，至少两个", "public root keys, at least two"),
            Required = true,
            AllowMultipleArgumentsPerToken = true,
        };
        var command = new Command("receipt", runner.Say("验证核验凭据的真伪，不需要节点。", "Tells whether a receipt is genuine; needs no node.")) { receipt, region, trust, roots };
        runner.Run(command, (session, parsed, _) => Task.FromResult(Check(
            session, parsed.GetRequiredValue(receipt), ReadRegion(parsed.GetRequiredValue(region)), ReadTrust(parsed.GetRequiredValue(trust), parsed.GetRequiredValue(roots)))));
        return command;
    }

    private static ExitCode Check(Session session, string given, RegionCode region, TrustList trust)
    {
        VerificationReceipt receipt;
        try
        {
            receipt = VerificationReceiptDocument.Open(Read(given), trust, region, TimeProvider.System.GetUtcNow().ToUnixTimeSeconds());
        }
        catch (StatusDocumentException e)
        {
            throw new UsageException($"核验凭据无效，不可采信：{e.Message}", e.Message);
        }

        var verdict = VerificationView.Name((Contracts.Verification.V1.Verdict)(int)receipt.Verdict);
        var content = new CheckedReceipt(
            receipt.VerificationId,
            DateTimeOffset.FromUnixTimeMilliseconds(receipt.TimeMs),
            verdict,
            receipt.Verifier,
            receipt.Terminal,
            receipt.Matter,
            receipt.Issuer?.ToString(),
            receipt.AsOfMs is { } asOf ? DateTimeOffset.FromUnixTimeMilliseconds(asOf) : null,
            receipt.Disclosed);
        if (session.Json)
        {
            session.Out.WriteLine(JsonSerializer.Serialize(content, s_json));
            return ExitCode.Done;
        }

        session.Screen.WriteLine(session.Say("凭据真实：由该地区节点签名。", "Genuine: signed by that region's node."));
        session.Screen.Write(Words.Facts(
        [
            (session.Say("核验编号", "Verification"), content.VerificationId),
            (session.Say("核验时间", "Verified at"), Words.Time(content.Time)),
            (session.Say("核验结果", "Verdict"), content.Verdict),
            (session.Say("核验方", "Verifier"), content.Verifier),
            (session.Say("终端", "Terminal"), content.Terminal),
            (session.Say("事项编码", "Matter"), content.Matter ?? ""),
            (session.Say("签发地区", "Issuing region"), content.IssuingRegion ?? ""),
            (session.Say("状态截至", "Status as of"), content.StatusAsOf is { } time ? Words.Time(time) : ""),
            (session.Say("披露的字段", "Fields disclosed"), string.Join(", ", content.Disclosed)),
        ]));
        return ExitCode.Done;
    }

    private static byte[] Read(string given)
    {
        if (given.StartsWith(VerificationReceiptText.Prefix, StringComparison.OrdinalIgnoreCase))
        {
            return VerificationReceiptText.TryRead(given, out var document)
                ? document
                : throw new UsageException("核验凭据的文字不完整，请重新扫描。", "The text of the receipt is damaged or cut short: scan it again.");
        }

        return File.ReadAllBytes(given);
    }

    private static RegionCode ReadRegion(string text) => RegionCode.TryParse(text, out var region)
        ? region
        : throw new UsageException("--region 须为六位行政区划代码，例如 110000。", "--region takes six digits of GB/T 2260, such as 110000.");

    private static TrustList ReadTrust(string file, string[] roots)
    {
        try
        {
            return TrustListDocument.Open(File.ReadAllBytes(file), new TrustRoots([.. roots.Select(SigningKeyFiles.ReadPublic)]));
        }
        catch (TrustListException e)
        {
            throw new UsageException($"信任列表无效：{e.Message}", e.Message);
        }
    }

    private sealed record CheckedReceipt(
        string VerificationId,
        DateTimeOffset Time,
        string Verdict,
        string Verifier,
        string Terminal,
        string? Matter,
        string? IssuingRegion,
        DateTimeOffset? StatusAsOf,
        IReadOnlyList<string> Disclosed);
}
