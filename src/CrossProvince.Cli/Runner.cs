using System.CommandLine;

namespace CrossProvince.Cli;

/// <summary>Gives commands their action: a <see cref="Session"/> from the global options, and an exit code in return.</summary>
internal sealed class Runner(GlobalOptions options, Language language)
{
    internal Language Language => language;

    internal string Say(string zh, string en) => language.Say(zh, en);

    internal void Run(Command command, Func<Session, ParseResult, CancellationToken, Task<ExitCode>> work) =>
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var session = new Session(options, language, parsed);
            return (int)await work(session, parsed, cancellationToken);
        });
}
