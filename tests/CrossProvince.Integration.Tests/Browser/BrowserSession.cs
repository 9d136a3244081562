using System.Diagnostics;
using System.Text.Json.Nodes;
using CrossProvince.Integration.Tests.Nodes;

namespace CrossProvince.Integration.Tests.Browser;

/// <summary>One Chromium in which scenarios of the scripts folder are played, each in a profile of its own.</summary>
internal sealed class BrowserSession : IAsyncDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(90);
    private static readonly string s_scripts = Repository.PathOf("tests", "CrossProvince.Integration.Tests", "Browser", "scripts");

    private readonly Process _process;
    private readonly Task<string> _errors;

    private BrowserSession(Process process) => (_process, _errors) = (process, process.StandardError.ReadToEndAsync());

    /// <summary>Starts the script that waits for scenarios; it launches the browser for the first.</summary>
    /// <param name="given">What scenarios are told.</param>
    internal static BrowserSession Start(JsonObject given)
    {
        Assert.That(Directory.Exists(Path.Combine(s_scripts, "node_modules")), Is.True, "The packages of the browser tests are not installed: eng/test.sh does it, or npm ci there.");
        given["chromium"] = FindChromium();
        return new BrowserSession(Process.Start(new ProcessStartInfo("node", ["run.js"])
        {
            WorkingDirectory = s_scripts,
            Environment = { ["CROSSPROVINCE_BROWSER"] = given.ToJsonString() },
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!);
    }

    /// <summary>Plays one scenario; it holds when this returns.</summary>
    /// <param name="scenario">Its name.</param>
    /// <param name="answer">Does what it asks for: the name of the wish and its argument.</param>
    internal async Task PlayAsync(string scenario, Func<string, JsonNode?, Task<JsonNode?>> answer)
    {
        using var patience = new CancellationTokenSource(s_patience);
        await TellAsync(new JsonObject { ["play"] = scenario }, patience.Token);
        while (await _process.StandardOutput.ReadLineAsync(patience.Token) is { } line)
        {
            var said = JsonNode.Parse(line)!;
            if ((string?)said["ended"] is { } end)
            {
                Assert.That(end, Is.Empty, $"Scenario {scenario}");
                return;
            }

            await TellAsync(new JsonObject { ["reply"] = await answer((string)said["what"]!, said["argument"]) }, patience.Token);
        }

        Assert.Fail($"The browser ended in scenario {scenario}: {await _errors}");
    }

    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        try
        {
            await _process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            _process.Kill(entireProcessTree: true);
        }

        _process.Dispose();
    }

    private async Task TellAsync(JsonObject what, CancellationToken cancellation)
    {
        await _process.StandardInput.WriteLineAsync(what.ToJsonString().AsMemory(), cancellation);
        await _process.StandardInput.FlushAsync(cancellation);
    }

    private static string FindChromium()
    {
        var found = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .SelectMany(folder => new[] { "chromium", "chromium-browser", "google-chrome" }.Select(name => Path.Combine(folder, name)))
            .FirstOrDefault(File.Exists);
        Assert.That(found, Is.Not.Null, "There is no Chromium here: eng/test.sh installs it.");
        return found!;
    }
}
