using System.Collections.Concurrent;
using System.Diagnostics;
using CrossProvince.Core.Tests;
using CrossProvince.Integration.Tests.Nodes;
using CrossProvince.Integration.Tests.Processes;

namespace CrossProvince.Integration.Tests.Deployment;

/// <summary>The program as a process with the environment of a deployment and nothing else.</summary>
internal sealed class DeployedNode : IAsyncDisposable
{
    private readonly Process _process;
    private readonly ConcurrentQueue<string> _lines = new();

    private DeployedNode(Process process) => _process = process;

    internal string Output => string.Join('\n', _lines);

    /// <summary>Starts the program in a folder.</summary>
    internal static DeployedNode Start(string folder, IReadOnlyDictionary<string, string> environment)
    {
        var start = new ProcessStartInfo(Path.ChangeExtension(DeployedProgram.File, null), "node") { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var name in start.Environment.Keys.Where(k => k is not ("PATH" or "HOME" or "DOTNET_ROOT")).ToList())
        {
            start.Environment.Remove(name);
        }

        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        var node = new DeployedNode(new Process { StartInfo = start });
        node._process.OutputDataReceived += (_, e) => node._lines.Enqueue(e.Data ?? "");
        node._process.ErrorDataReceived += (_, e) => node._lines.Enqueue(e.Data ?? "");
        node._process.Start();
        node._process.BeginOutputReadLine();
        node._process.BeginErrorReadLine();
        return node;
    }

    /// <summary>Waits until the health check of the container says that it is ready.</summary>
    internal async Task ReadyAsync(int webPort) => await Eventually.HoldsAsync(
        () =>
        {
            Assert.That(_process.HasExited, Is.False, Output);
            return IsHealthy(webPort);
        },
        "the node is ready");

    /// <summary>The answer of the container's health check.</summary>
    internal static bool IsHealthy(int webPort) => Tool.Run("bash", DeployFiles.PathOf("healthcheck.sh"), $"{webPort}").ExitCode == 0;

    /// <summary>Stops it as a service manager does, with SIGTERM.</summary>
    /// <returns>Its exit code.</returns>
    internal async Task<int> StopAsync()
    {
        using var kill = Process.Start("kill", ["-TERM", $"{_process.Id}"]);
        await kill.WaitForExitAsync();
        return await EndAsync();
    }

    /// <summary>Waits until it has ended by itself.</summary>
    /// <returns>Its exit code.</returns>
    internal async Task<int> EndAsync()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(90));
        await _process.WaitForExitAsync(patience.Token);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }
}
