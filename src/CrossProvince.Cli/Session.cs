using System.CommandLine;
using CrossProvince.Client.Connecting;
using CrossProvince.Core.Identifiers;
using Google.Protobuf;
using Spectre.Console;

namespace CrossProvince.Cli;

/// <summary>One run of one verb: where it calls, as whom, and how it answers.</summary>
internal sealed class Session : IDisposable
{
    private static readonly JsonFormatter s_json = new(JsonFormatter.Settings.Default.WithFormatDefaultValues(true));
    private readonly List<IDisposable> _owned = [];
    private readonly Uri _node;
    private readonly string? _identity;

    internal Session(GlobalOptions options, Language language, ParseResult parsed)
    {
        _node = parsed.GetRequiredValue(options.Node);
        _identity = parsed.GetValue(options.Identity);
        Region = parsed.GetValue(options.Region);
        Json = parsed.GetValue(options.Json);
        Language = language;
        Out = parsed.InvocationConfiguration.Output;
        Error = parsed.InvocationConfiguration.Error;
        Screen = Console(Out);
        Progress = Console(Error);
    }

    internal Language Language { get; }

    internal RegionCode Region { get; }

    /// <summary>The node that is called.</summary>
    internal Uri Node => _node;

    /// <summary>Whether results are JSON and nothing else goes to standard output.</summary>
    internal bool Json { get; }

    internal TextWriter Out { get; }

    internal TextWriter Error { get; }

    /// <summary>Standard output for persons.</summary>
    internal IAnsiConsole Screen { get; }

    /// <summary>Standard error, for messages and progress.</summary>
    internal IAnsiConsole Progress { get; }

    internal string Say(string zh, string en) => Language.Say(zh, en);

    /// <summary>Writes one result as one line of ProtoJSON, members with default values included.</summary>
    internal void WriteJson(IMessage result) => Out.WriteLine(s_json.Format(result));

    /// <summary>Writes results: a line of JSON each, or a table.</summary>
    internal void WriteAll<T>(IEnumerable<T> results, IEnumerable<string> columns, Func<T, string[]> row)
        where T : IMessage
    {
        if (!Json)
        {
            Screen.Write(Words.Table(columns, results.Select(row)));
            return;
        }

        foreach (var result in results)
        {
            WriteJson(result);
        }
    }

    /// <summary>Whether the sample identities are used: none was named, and the node is one for development.</summary>
    internal bool UsesSamples => _identity is null && IsForSamples;

    /// <summary>The identity directory that --identity names, else, in Development, the sample one of a role; null when there is none.</summary>
    internal string? IdentityDirectory(string sampleRole) => _identity ?? (IsForSamples ? SampleDirectory(sampleRole) : null);

    private bool IsForSamples => (Environment.GetEnvironmentVariable("DOTNET_ENVIRONMENT") ?? Environment.GetEnvironmentVariable("ASPNETCORE_ENVIRONMENT")) is { } environment
        ? environment.Equals("Development", StringComparison.OrdinalIgnoreCase)
        : _node.IsLoopback;

    /// <summary>Connects to the node as --identity says, else, in Development, with the sample identity of a role.</summary>
    /// <exception cref="UsageException">No identity was named and the sample ones are not for this node.</exception>
    internal NodeConnection Connect(string sampleRole)
    {
        var identity = NodeIdentity.Load(_identity ?? SampleIdentity(sampleRole));
        _owned.Add(identity);
        var connection = NodeConnection.Open(_node, identity);
        _owned.Add(connection);
        return connection;
    }

    public void Dispose()
    {
        for (var i = _owned.Count - 1; i >= 0; i--)
        {
            _owned[i].Dispose();
        }
    }

    private string SampleIdentity(string role) => IsForSamples
        ? SampleDirectory(role)
        : throw new UsageException(
            $"节点 {_node} 不是本机开发节点：请用 --identity 指定身份目录（cert.pem、key.pem、ca.pem）。",
            $"{_node} is not a node for development on this machine: name an identity directory (cert.pem, key.pem, ca.pem) with --identity.");

    private string SampleDirectory(string role) => Path.Combine(AppContext.BaseDirectory, "certs-sample", Region.ToString(), role);

    private static IAnsiConsole Console(TextWriter writer)
    {
        var output = new AnsiConsoleOutput(writer);
        if (output.IsTerminal)
        {
            return AnsiConsole.Create(new AnsiConsoleSettings { Out = output });
        }

        // In a file or a pipe there are no colours, and lines are never folded.
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = output, Ansi = AnsiSupport.No, ColorSystem = ColorSystemSupport.NoColors });
        console.Profile.Width = 4096;
        return console;
    }
}
