using System.CommandLine;

namespace CrossProvince.Cli.Tests.Fakes;

/// <summary>A fake node, an identity that it and the command line agree on, and a directory, for each test.</summary>
internal abstract class NodeFixture
{
    private TestAuthority _authority = null!;

    protected TestAuthority Authority => _authority;

    protected FakeNode Node { get; private set; } = null!;

    protected string Folder { get; private set; } = null!;

    protected string Identity => Path.Combine(Folder, "identity");

    [SetUp]
    public async Task StartNode()
    {
        Folder = Directory.CreateTempSubdirectory("crossprovince-").FullName;
        _authority = new TestAuthority();
        _authority.WriteIdentity(Identity);
        Node = await FakeNode.StartAsync(_authority.Issue("urn:crossprovince:110000:node:91110000802100433B"));
    }

    [TearDown]
    public async Task StopNode()
    {
        await Node.DisposeAsync();
        _authority.Dispose();
        Directory.Delete(Folder, recursive: true);
    }

    /// <summary>Runs the command line against the fake node in English.</summary>
    protected Task<Run> RunAsync(params string[] args) => Run.OfAsync([.. args, "--node", Node.Address, "--identity", Identity, "--lang", "en"]);
}

/// <summary>What one run of the command line gave.</summary>
internal sealed record Run(int ExitCode, string Out, string Error)
{
    internal IReadOnlyList<string> OutLines => Out.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    internal static async Task<Run> OfAsync(params string[] args)
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var error = new StringWriter { NewLine = "\n" };
        var exitCode = await CommandLine.RunAsync(args, new InvocationConfiguration { Output = output, Error = error });
        return new Run(exitCode, output.ToString(), error.ToString());
    }
}
