using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using CrossProvince.Core.Identifiers;
using CrossProvince.Tests;

namespace CrossProvince.Integration.Tests.Processes;

/// <summary>A node as an operating-system process of its own.</summary>
internal sealed class NodeProcess : IAsyncDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(90);

    private readonly Process _process;
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ConcurrentQueue<string> _complaints = new();
    private readonly ConcurrentQueue<string> _lines = new();

    private NodeProcess(Process process) => _process = process;

    /// <summary>What it logged as error or worse, or said on standard error.</summary>
    public IReadOnlyCollection<string> Complaints => _complaints;

    /// <summary>All that it wrote to standard output.</summary>
    public IReadOnlyCollection<string> Lines => _lines;

    /// <summary>Starts a node; see <see cref="ReadyAsync"/>.</summary>
    /// <param name="federation">Where it belongs.</param>
    /// <param name="region">Its region.</param>
    /// <param name="settings">More of its command line.</param>
    public static NodeProcess Start(NodeFederation federation, RegionCode region, params string[] settings) => StartAt([], federation, region, settings);

    /// <summary>Starts a node elsewhere.</summary>
    /// <param name="enter">What a command line begins with so that it runs there, such as in a network namespace, without a process between.</param>
    /// <param name="federation">Where it belongs.</param>
    /// <param name="region">Its region.</param>
    /// <param name="settings">More of its command line.</param>
    public static NodeProcess StartAt(string[] enter, NodeFederation federation, RegionCode region, params string[] settings)
    {
        string[] program = [.. enter, "dotnet", DeployedProgram.File, "node"];
        var start = new ProcessStartInfo(program[0], program[1..])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = AppContext.BaseDirectory,
        };
        foreach (var argument in federation.Arguments(region).Concat(settings))
        {
            start.ArgumentList.Add(argument);
        }

        // A short life gains nothing from code that was watched before it was compiled again.
        start.Environment["DOTNET_TieredPGO"] = "0";
        var node = new NodeProcess(new Process { StartInfo = start, EnableRaisingEvents = true });
        node._process.OutputDataReceived += (_, e) => node.Read(e.Data);
        node._process.ErrorDataReceived += (_, e) => node.Complain(e.Data);
        node._process.Exited += (_, _) => node._ready.TrySetException(new InvalidOperationException("The node ended before it was ready."));
        node._process.Start();
        node._process.BeginOutputReadLine();
        node._process.BeginErrorReadLine();
        return node;
    }

    /// <summary>Waits until it listens.</summary>
    public async Task ReadyAsync()
    {
        try
        {
            await _ready.Task.WaitAsync(s_patience);
        }
        catch (Exception e) when (e is InvalidOperationException or TimeoutException)
        {
            throw new InvalidOperationException($"{e.Message}\n{string.Join('\n', _complaints)}\n{string.Join('\n', _lines)}", e);
        }
    }

    /// <summary>Number of the operating system's.</summary>
    public int Id => _process.Id;

    /// <summary>Stops it with SIGSTOP where it stands; what it has sent can still be read.</summary>
    public Task FreezeAsync() => SignalAsync("-STOP");

    /// <summary>Lets it go on.</summary>
    public Task ResumeAsync() => SignalAsync("-CONT");

    /// <summary>Ends it with SIGKILL: nothing of it runs any more when this returns.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            await KillAsync();
        }

        _process.Dispose();
    }

    private async Task SignalAsync(string signal)
    {
        using var kill = Process.Start("kill", [signal, _process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
    }

    private void Read(string? line)
    {
        if (line is null)
        {
            return;
        }

        CapturedLogs.Write(line);
        _lines.Enqueue(line);
        if (line.StartsWith("fail:", StringComparison.Ordinal) || line.StartsWith("crit:", StringComparison.Ordinal))
        {
            _complaints.Enqueue(line);
        }
        else if (line.Contains("Application started", StringComparison.Ordinal))
        {
            _ready.TrySetResult();
        }
    }

    private void Complain(string? line)
    {
        if (!string.IsNullOrEmpty(line))
        {
            CapturedLogs.Write(line);
            _complaints.Enqueue(line);
        }
    }
}
