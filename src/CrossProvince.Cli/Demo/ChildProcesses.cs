using System.Diagnostics;
using System.Text;

namespace CrossProvince.Cli.Demo;

/// <summary>Runs this program again in processes of their own; whatever still runs at the end is killed.</summary>
/// <param name="directory">Their working directory.</param>
internal sealed class ChildProcesses(string directory) : IAsyncDisposable
{
    private static readonly UTF8Encoding s_utf8 = new(encoderShouldEmitUTF8Identifier: false);

    private readonly Lock _lock = new();
    private readonly List<Process> _started = [];
    private readonly List<Task> _readers = [];
    private bool _isClosed;

    /// <summary>Starts one; its three streams belong to the caller.</summary>
    /// <param name="args">Its command line.</param>
    internal Process Start(IEnumerable<string> args)
    {
        // "dotnet crossprovince.dll" runs as dotnet, the built program as itself.
        var host = Environment.ProcessPath!;
        var isDotnet = Path.GetFileNameWithoutExtension(host).Equals("dotnet", StringComparison.OrdinalIgnoreCase);
        var start = new ProcessStartInfo(host, isDotnet ? [Path.Combine(AppContext.BaseDirectory, "crossprovince.dll"), .. args] : args)
        {
            WorkingDirectory = directory,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardInputEncoding = s_utf8,
            StandardOutputEncoding = s_utf8,
            StandardErrorEncoding = s_utf8,
        };

        // For processes this short, measuring which code to optimise costs more than it gains.
        start.Environment["DOTNET_TieredPGO"] = "0";
        lock (_lock)
        {
            if (_isClosed)
            {
                throw new OperationCanceledException();
            }

            var process = Process.Start(start)!;
            _started.Add(process);
            return process;
        }
    }

    /// <summary>Has the end wait for one that reads what a process writes.</summary>
    internal void Await(Task reader)
    {
        lock (_lock)
        {
            _readers.Add(reader);
        }
    }

    /// <summary>Runs one to its end.</summary>
    /// <returns>Its exit code and all that it wrote.</returns>
    internal async Task<(ExitCode Exit, string Out, string Error)> RunAsync(IEnumerable<string> args, CancellationToken cancellationToken)
    {
        var process = Start(args);
        process.StandardInput.Close();
        var (output, error) = (process.StandardOutput.ReadToEndAsync(cancellationToken), process.StandardError.ReadToEndAsync(cancellationToken));
        await process.WaitForExitAsync(cancellationToken);
        return ((ExitCode)process.ExitCode, await output, await error);
    }

    public async ValueTask DisposeAsync()
    {
        lock (_lock)
        {
            _isClosed = true;
        }

        foreach (var process in _started)
        {
            process.Kill(entireProcessTree: true);
        }

        foreach (var process in _started)
        {
            await process.WaitForExitAsync();
            process.Dispose();
        }

        await Task.WhenAll(_readers);
    }
}
