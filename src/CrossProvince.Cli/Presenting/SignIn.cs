using System.CommandLine;
using CrossProvince.Client.Connecting;
using CrossProvince.Contracts.Presentation.V1;

namespace CrossProvince.Cli.Presenting;

/// <summary>The options that say who shows a licence, and the sign-in behind them.</summary>
/// <remarks>A token is taken as it is; without one, a node in Development signs in the licence's holder, guardian or agent itself.</remarks>
internal sealed class SignIn
{
    private static readonly Dictionary<string, Presenter> s_presenters = new()
    {
        ["holder"] = Contracts.Presentation.V1.Presenter.Holder,
        ["guardian"] = Contracts.Presentation.V1.Presenter.Guardian,
        ["agent"] = Contracts.Presentation.V1.Presenter.Agent,
        ["operator"] = Contracts.Presentation.V1.Presenter.Operator,
    };

    private readonly TokenOption _token;
    private readonly Option<string?> _presenter;
    private readonly Option<string?> _as;

    internal SignIn(Runner runner)
    {
        Licence = new Option<string?>("--licence") { HelpName = "ID", Description = runner.Say("证照标识", "licence identifier") };
        _token = new TokenOption(runner, "登录令牌；开发环境可不给", "bearer token; not needed in Development");
        _presenter = new Option<string?>("--presenter") { HelpName = "WHO", Description = runner.Say("亮证人身份", "how the presenter stands to the holder") };
        _presenter.AcceptOnlyFromAmong([.. s_presenters.Keys]);
        _as = new Option<string?>("--as") { HelpName = "CODE", Description = runner.Say("亮证人的证件号码（开发环境登录用）", "the presenter's own code (sign-in in Development)") };
    }

    internal Option<string?> Licence { get; }

    internal void AddTo(Command command)
    {
        command.Add(Licence);
        _token.AddTo(command);
        command.Add(_presenter);
        command.Add(_as);
    }

    internal Presenter Presenter(ParseResult parsed) => parsed.GetValue(_presenter) is { } name ? s_presenters[name] : Contracts.Presentation.V1.Presenter.Unspecified;

    /// <summary>Connects and signs in.</summary>
    /// <exception cref="UsageException">There is neither a token nor a licence to sign in with, or the node has no sample issuer.</exception>
    /// <exception cref="NodeException">The node can't be reached or refuses.</exception>
    internal async Task<PresentationService.PresentationServiceClient> ConnectAsync(Session session, ParseResult parsed, CancellationToken cancellationToken)
    {
        var connection = session.Connect("verifier");
        return connection.Presentations(_token.Read(parsed) ?? await SampleTokenAsync(connection, parsed, cancellationToken));
    }

    private async Task<string> SampleTokenAsync(NodeConnection connection, ParseResult parsed, CancellationToken cancellationToken)
    {
        var licence = parsed.GetValue(Licence) ?? throw new UsageException(
            "需要 --token，或在开发环境中用 --licence 指定以哪份证照的持证人登录。",
            "Needs --token, or, in Development, --licence to say whose holder signs in.");
        var request = new SampleTokenRequest
        {
            LicenceId = licence,
            As = parsed.GetValue(_presenter) ?? (parsed.GetValue(_as) is null ? "holder" : null),
            Code = parsed.GetValue(_as),
        };
        return (await SampleSignIn.RequestAsync(connection, request, cancellationToken)).AccessToken!;
    }
}
