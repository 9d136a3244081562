using System.CommandLine;
using CrossProvince.Cli.Presenting;
using CrossProvince.Client.Connecting;
using CrossProvince.Client.Verifying;
using CrossProvince.Contracts.Verification.V1;

namespace CrossProvince.Cli.Verifying;

/// <summary><c>verify [CODE…]</c>: verifies codes from the arguments, else from standard input, one a line.</summary>
internal static class VerifyCommand
{
    private const int MaxTerminalId = 64;

    internal static Command Create(Runner runner)
    {
        var codes = new Argument<string[]>("CODE")
        {
            Description = runner.Say("亮证码；不给则从标准输入逐行读取", "presentation codes; without any they are read from standard input, one a line"),
            Arity = ArgumentArity.ZeroOrMore,
        };
        codes.Validators.Add(result =>
        {
            foreach (var token in result.Tokens.Where(token => token.Value.StartsWith('-')))
            {
                result.AddError(runner.Say($"没有选项 {token.Value}。", $"There is no option {token.Value}."));
            }
        });
        var scenario = new Option<string?>("--scenario") { HelpName = "ID", Description = runner.Say("应用场景；不给则按码中的场景", "scenario; the code's own when left out") };
        var terminal = new Option<string>("--terminal")
        {
            HelpName = "ID",
            Description = runner.Say("核验终端", "the terminal that scans"),
            DefaultValueFactory = _ => Environment.MachineName.Length <= MaxTerminalId ? Environment.MachineName : Environment.MachineName[..MaxTerminalId],
        };
        var matter = new Option<string?>("--matter-code") { HelpName = "CODE", Description = runner.Say("事项编码", "matter code") };
        var caseNumber = new Option<string?>("--case-number") { HelpName = "NUMBER", Description = runner.Say("办件编号", "case number") };
        var receipt = new Option<string?>("--receipt") { HelpName = "FILE", Description = runner.Say("把签名的核验凭据写入文件（只限一个码）", "writes the signed receipt to a file (for one code only)") };
        var command = new Command("verify", runner.Say("核验亮证码。", "Verifies presentation codes.")) { codes, scenario, terminal, matter, caseNumber, receipt };
        var token = new TokenOption(runner, "操作员或个人的登录令牌，代替证书", "bearer token of an operator or a person, in place of the certificate");
        token.AddTo(command);
        runner.Run(command, (session, parsed, cancellationToken) =>
        {
            var purpose = new ScanPurpose(
                parsed.GetValue(scenario), parsed.GetValue(matter), parsed.GetValue(caseNumber), WantReceipt: parsed.GetValue(receipt) is not null);
            var client = new VerifyingClient(Client(session, token.Read(parsed)), parsed.GetRequiredValue(terminal));
            var given = parsed.GetValue(codes) ?? [];
            var scans = given.Length > 0 ? given.ToAsyncEnumerable() : StandardInput(session, cancellationToken);
            return VerifyAsync(session, client, scans, purpose, parsed.GetValue(receipt), cancellationToken);
        });
        return command;
    }

    private static VerificationService.VerificationServiceClient Client(Session session, string? token)
    {
        var connection = session.Connect("verifier");
        return token is null ? connection.Verifications : connection.VerificationsAs(token);
    }

    private static async Task<ExitCode> VerifyAsync(
        Session session, VerifyingClient client, IAsyncEnumerable<string> scans, ScanPurpose purpose, string? receiptFile, CancellationToken cancellationToken)
    {
        ExitCode? outcome = null;
        await foreach (var scan in scans.WithCancellation(cancellationToken))
        {
            if (outcome is not null && receiptFile is not null)
            {
                throw new UsageException("--receipt 只能用于一个码，后面的码未核验。", "--receipt takes one code; those after the first were not verified.");
            }

            var code = await VerifyAsync(session, client, scan, purpose, receiptFile, cancellationToken);
            outcome = outcome is { } before ? ExitCodes.Worse(before, code) : code;
        }

        return outcome ?? throw new UsageException("没有给出亮证码。", "No code was given.");
    }

    private static async Task<ExitCode> VerifyAsync(
        Session session, VerifyingClient client, string scan, ScanPurpose purpose, string? receiptFile, CancellationToken cancellationToken)
    {
        try
        {
            var verification = await client.VerifyAsync(scan, purpose, cancellationToken);
            if (session.Json)
            {
                session.WriteJson(verification);
            }
            else
            {
                VerificationView.Write(session.Screen, verification, session.Language);
            }

            if (receiptFile is not null && !verification.Receipt.IsEmpty)
            {
                await File.WriteAllBytesAsync(receiptFile, verification.Receipt.ToByteArray(), cancellationToken);
            }

            return ExitCodes.Of(verification.Verdict);
        }
        catch (NodeException e)
        {
            // One object a code, in order, also where there is no answer.
            if (session.Json)
            {
                var error = new RequestError { Code = (int)e.StatusCode, Field = e.Field ?? "", Message = session.Language.Say(e.Text), Text = new Message { Zh = e.Text.Zh, En = e.Text.En } };
                session.WriteJson(new VerifyResult { Error = error });
            }

            await session.Error.WriteLineAsync(session.Say("未能得出结论：", "No decision was reached: ") + Failures.Words(e, session.Language));
            return ExitCodes.Of(e.StatusCode);
        }
    }

    private static async IAsyncEnumerable<string> StandardInput(
        Session session, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (!Console.IsInputRedirected)
        {
            await session.Error.WriteLineAsync(session.Say("请扫码或输入，每行一个，Ctrl-D 结束。", "Scan or type codes, one a line; Ctrl-D ends."));
        }

        while (await Console.In.ReadLineAsync(cancellationToken) is { } line)
        {
            if (!string.IsNullOrWhiteSpace(line))
            {
                yield return line;
            }
        }
    }
}
