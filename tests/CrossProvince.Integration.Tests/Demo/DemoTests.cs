using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using CrossProvince.Cli.Demo;
using CrossProvince.Integration.Tests.Nodes;
using CrossProvince.Integration.Tests.Processes;
using CrossProvince.Tests;

namespace CrossProvince.Integration.Tests.Demo;

/// <summary>The demonstration, run as a user runs it.</summary>
[Category("Few"), Parallelizable(ParallelScope.Self)]
public sealed partial class DemoTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(4);

    [Test]
    public async Task Demo_Whole_EveryStepAsExpected()
    {
        using var kept = new KeptFolder();
        var (exitCode, output, error) = await RunAsync("demo", "--lang", "en", "--keep", kept.Path);
        TestContext.Out.WriteLine(output);
        Assert.That(exitCode, Is.Zero, error);
        Assert.That(output, Does.Contain($"All {DemoStep.All.Count} steps as expected"));
        foreach (var step in DemoStep.All)
        {
            Assert.That(output, Does.Match($"│ ✔ │ {Regex.Escape(step.Title.En)} +│ {step.Expected} +│ {step.Expected} +│ +[0-9.]+ m?s │"));
        }

        AssertNothingRuns(output);
    }

    [Test]
    public async Task Demo_ExpectationFlipped_Fails()
    {
        var (exitCode, output, error) = await RunAsync("demo", "--lang", "en", "--only", "recognition", "--expect", "identity-card=REVOKED");
        Assert.That(exitCode, Is.EqualTo(1), error);
        Assert.That(output, Does.Match("│ ✘ │ Identity card of Beijing, in Tianjin +│ REVOKED +│ VALID holder +│"));
        Assert.That(output, Does.Contain("1 of 8 steps not as expected"));
        AssertNothingRuns(output);
    }

    [Test]
    [Platform(Include = "Linux", Reason = "Sends SIGINT with the programs of Linux.")]
    public async Task Demo_Interrupted_LeavesNothingRunning()
    {
        // Whoever runs the tests in the background lets their processes ignore SIGINT; a user's terminal doesn't.
        using var demo = StartProgram("env", "--default-signal=INT", "dotnet", DeployedProgram.File, "demo", "--lang", "en");
        var output = "";
        while (!output.Contains("Hebei: https", StringComparison.Ordinal))
        {
            var line = await demo.StandardOutput.ReadLineAsync().WaitAsync(s_patience);
            Assert.That(line, Is.Not.Null, "The demonstration ended early.");
            output += line + "\n";
        }

        using var kill = Process.Start("kill", ["-INT", $"{demo.Id}"]);
        await demo.WaitForExitAsync().WaitAsync(s_patience);
        Assert.That(demo.ExitCode, Is.EqualTo(3));
        AssertNothingRuns(output);
    }

    [TestCase("--expect", "nothing=VALID")]
    [TestCase("--only", "nothing")]
    public async Task Demo_UnknownStepOrPart_IsBadInput(string option, string value)
    {
        var (exitCode, _, error) = await RunAsync("demo", option, value);
        Assert.That(exitCode, Is.EqualTo(2));
        Assert.That(error, Does.Contain(value));
    }

    private static void AssertNothingRuns(string output)
    {
        var ports = NodeAddress().Matches(output).Select(match => int.Parse(match.Groups[1].ValueSpan, provider: null)).ToList();
        Assert.That(ports, Has.Count.EqualTo(3));
        foreach (var port in ports)
        {
            using var client = new TcpClient();
            Assert.That(() => client.Connect(IPAddress.Loopback, port), Throws.InstanceOf<SocketException>(), $"Port {port} still answers.");
        }
    }

    private static async Task<(int ExitCode, string Output, string Error)> RunAsync(params string[] args)
    {
        using var process = Start(args);
        process.StandardInput.Close();
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        try
        {
            await process.WaitForExitAsync().WaitAsync(s_patience);
        }
        finally
        {
            process.Kill(entireProcessTree: true);
        }

        return (process.ExitCode, await output, await error);
    }

    private static Process Start(params string[] args) => StartProgram("dotnet", [DeployedProgram.File, .. args]);

    private static Process StartProgram(string program, params string[] args) => Process.Start(
        new ProcessStartInfo(program, args)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;

    /// <summary>What the nodes of a demonstration have logged is captured like that of all others.</summary>
    private sealed class KeptFolder : IDisposable
    {
        public string Path { get; } = Directory.CreateTempSubdirectory("crossprovince-").FullName;

        public void Dispose()
        {
            foreach (var region in TestFederation.Regions)
            {
                CapturedLogs.Remember(new SampleRegister(TestFederation.Catalogue, region).Lines);
            }

            foreach (var line in Directory.EnumerateFiles(Path, "node.log", SearchOption.AllDirectories).SelectMany(File.ReadLines))
            {
                CapturedLogs.Write(line);
            }

            Directory.Delete(Path, recursive: true);
        }
    }

    [GeneratedRegex("https://127\\.0\\.0\\.1:([0-9]+)")]
    private static partial Regex NodeAddress();
}
