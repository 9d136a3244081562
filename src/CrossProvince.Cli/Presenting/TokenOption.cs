using System.CommandLine;

namespace CrossProvince.Cli.Presenting;

/// <summary><c>--token</c>: whom a call speaks for.</summary>
internal sealed class TokenOption
{
    /// <summary>Where the token may stand instead, unseen by those who list processes.</summary>
    internal const string Variable = "CROSSPROVINCE_TOKEN";

    private readonly Option<string?> _option;

    internal TokenOption(Runner runner, string zh, string en) => _option = new Option<string?>("--token")
    {
        HelpName = "JWT",
        Description = runner.Say($"{zh}；也可放在环境变量 {Variable} 中", $"{en}; also taken from the variable {Variable}"),
    };

    internal void AddTo(Command command) => command.Add(_option);

    internal string? Read(ParseResult parsed) => parsed.GetValue(_option) ?? (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } token ? token : null);
}
