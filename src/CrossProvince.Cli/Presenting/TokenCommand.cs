using System.CommandLine;
using System.Text.Json;

namespace CrossProvince.Cli.Presenting;

/// <summary><c>token</c>: a token of the sample identity provider, for a holder, guardian, agent or operator; in Development only.</summary>
internal static class TokenCommand
{
    internal static Command Create(Runner runner)
    {
        var licence = new Option<string?>("--licence") { HelpName = "ID", Description = runner.Say("以这份证照的持证人、监护人或经办人登录", "signs in the holder, guardian or agent of this licence") };
        var presenter = new Option<string?>("--presenter") { HelpName = "WHO", Description = runner.Say("亮证人身份：holder、guardian 或 agent", "how the person stands to the holder: holder, guardian or agent") };
        presenter.AcceptOnlyFromAmong("holder", "guardian", "agent");
        var code = new Option<string?>("--as") { HelpName = "CODE", Description = runner.Say("证件号码", "the person's own code") };
        var codeType = new Option<string?>("--code-type") { HelpName = "TYPE", Description = runner.Say("证件类型，不给 --licence 时用；默认 111", "kind of code, without --licence; 111 when left out") };
        var organisation = new Option<string?>("--operator") { HelpName = "ORG", Description = runner.Say("以该机构的操作员登录", "signs in an operator of this organisation") };
        var terminal = new Option<string?>("--terminal") { HelpName = "ID", Description = runner.Say("操作员的终端", "the operator's terminal") };
        var roles = new Option<string[]>("--role") { HelpName = "ROLE", Description = runner.Say("操作员的角色，如 operations（运维）；可重复", "a role of the operator, such as operations; may be repeated") };
        var level = new Option<string?>("--loa") { HelpName = "LEVEL", Description = runner.Say("保证等级", "level of assurance") };
        level.AcceptOnlyFromAmong("low", "substantial", "high");
        var command = new Command("token", runner.Say("取得样例登录令牌（仅限开发环境）。", "Gets a token of the sample identity provider (in Development only)."))
        {
            licence, presenter, code, codeType, organisation, terminal, roles, level,
        };
        command.Validators.Add(result =>
        {
            var isPerson = result.GetValue(licence) is not null || result.GetValue(code) is not null;
            if (isPerson == (result.GetValue(organisation) is not null))
            {
                result.AddError(runner.Say("token 需要 --licence 或 --as，或者 --operator。", "token needs --licence or --as, or else --operator."));
            }
        });
        command.Validators.Add(result =>
        {
            if (result.GetValue(roles) is { Length: > 0 } && result.GetValue(organisation) is null)
            {
                result.AddError(runner.Say("--role 只用于 --operator。", "--role goes with --operator."));
            }
        });
        runner.Run(command, async (session, parsed, cancellationToken) =>
        {
            var isOperator = parsed.GetValue(organisation) is not null;
            var request = new SampleTokenRequest
            {
                LicenceId = parsed.GetValue(licence),
                As = isOperator ? "operator" : parsed.GetValue(presenter),
                Code = parsed.GetValue(code),
                CodeType = parsed.GetValue(codeType),
                Organisation = parsed.GetValue(organisation),
                Terminal = parsed.GetValue(terminal),
                Roles = parsed.GetValue(roles) is { Length: > 0 } named ? named : null,
                Level = parsed.GetValue(level),
            };
            var token = await SampleSignIn.RequestAsync(session.Connect("verifier"), request, cancellationToken);
            await session.Out.WriteLineAsync(session.Json ? JsonSerializer.Serialize(new { accessToken = token.AccessToken, expiresIn = token.ExpiresIn }) : token.AccessToken);
            return ExitCode.Done;
        });
        return command;
    }
}
