using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using CrossProvince.Integration.Tests.Nodes;

namespace CrossProvince.Integration.Tests.Browser;

/// <summary>The one Chromium of a test run, in which the fixtures play scenarios of the scripts folder side by side, each in a profile of its own.</summary>
internal sealed class BrowserSession : IAsyncDisposable
{
    /// <summary>For one scenario, on a machine that is many times slower than expected.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(5);

    private static readonly string s_scripts = Repository.PathOf("tests", "CrossProvince.Integration.Tests", "Browser", "scripts");
    private static readonly Lazy<BrowserSession> s_shared = new(() => new BrowserSession());

    private readonly ConcurrentDictionary<int, Channel<JsonNode>> _plays = new();
    private readonly SemaphoreSlim _writing = new(1);
    private readonly Process _process;
    private readonly Task<string> _errors;
    private int _count;

    private BrowserSession()
    {
        Assert.That(Directory.Exists(Path.Combine(s_scripts, "node_modules")), Is.True, "The packages of the browser tests are not installed: eng/test.sh does it, or npm ci there.");
        _process = Process.Start(new ProcessStartInfo("node", ["run.js"])
        {
            WorkingDirectory = s_scripts,
            Environment = { ["CROSSPROVINCE_BROWSER"] = new JsonObject { ["chromium"] = FindChromium(), ["film"] = Film }.ToJsonString() },
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        _errors = _process.StandardError.ReadToEndAsync();
        _ = Task.Run(HearAsync);
    }

    /// <summary>What stands before the browser's camera: whoever needs it writes it.</summary>
    internal static string Film { get; } = Path.Combine(Path.GetTempPath(), $"crossprovince-{Environment.ProcessId}.y4m");

    /// <summary>Plays one scenario; it holds when this returns.</summary>
    /// <param name="scenario">Its name.</param>
    /// <param name="given">What it is told.</param>
    /// <param name="answer">Does what it asks for: the name of the wish and its argument.</param>
    internal static Task PlayAsync(string scenario, JsonObject given, Func<string, JsonNode?, Task<JsonNode?>> answer) => s_shared.Value.PlayOneAsync(scenario, given, answer);

    /// <summary>The run is over.</summary>
    internal static ValueTask CloseAsync() => s_shared.IsValueCreated ? s_shared.Value.DisposeAsync() : ValueTask.CompletedTask;

    /// <summary>The script closes the browser when nobody talks to it any more.</summary>
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
        _writing.Dispose();
        File.Delete(Film);
    }

    private async Task PlayOneAsync(string scenario, JsonObject given, Func<string, JsonNode?, Task<JsonNode?>> answer)
    {
        using var patience = new CancellationTokenSource(s_patience);
        var (play, said) = (Interlocked.Increment(ref _count), Channel.CreateUnbounded<JsonNode>());
        _plays[play] = said;
        Exception? problem = null;
        await TellAsync(new JsonObject { ["play"] = play, ["scenario"] = scenario, ["given"] = given.DeepClone() }, patience.Token);
        await foreach (var line in said.Reader.ReadAllAsync(patience.Token))
        {
            if ((string?)line["ended"] is { } end)
            {
                _plays.TryRemove(play, out _);
                Assert.That(end, Is.Empty, $"Scenario {scenario}. {problem}");
                return;
            }

            var reply = new JsonObject { ["ask"] = line["ask"]!.DeepClone() };
            try
            {
                reply["reply"] = (await answer((string)line["what"]!, line["argument"]))?.DeepClone();
            }
            catch (Exception e)
            {
                // The scenario ends by it.
                problem = e;
                reply["failed"] = e.Message;
            }

            await TellAsync(reply, patience.Token);
        }

        Assert.Fail($"The browser ended in scenario {scenario}: {await _errors}");
    }

    /// <summary>Hands each line of the script to the scenario that says it.</summary>
    private async Task HearAsync()
    {
        while (await _process.StandardOutput.ReadLineAsync() is { } line)
        {
            var said = JsonNode.Parse(line)!;
            if (_plays.TryGetValue((int)said["play"]!, out var play))
            {
                play.Writer.TryWrite(said);
            }
        }

        foreach (var play in _plays.Values)
        {
            play.Writer.Complete();
        }
    }

    private async Task TellAsync(JsonObject what, CancellationToken cancellation)
    {
        await _writing.WaitAsync(cancellation);
        try
        {
            await _process.StandardInput.WriteLineAsync(what.ToJsonString().AsMemory(), cancellation);
            await _process.StandardInput.FlushAsync(cancellation);
        }
        finally
        {
            _writing.Release();
        }
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
