using System.Diagnostics;

namespace CrossProvince.LoadTest.Nodes;

/// <summary>A process that this one started; it ends with it.</summary>
internal sealed class Child : IAsyncDisposable
{
    private const int TailLines = 15;

    private readonly Process _process;
    private readonly StreamWriter? _log;
    private readonly Lock _lock = new();
    private readonly Queue<string> _tail = new();
    private readonly TaskCompletionSource _said = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly string _awaited;
    private readonly Task _reading;

    private Child(Process process, string awaited, string? log)
    {
        (_process, _awaited) = (process, awaited);
        _log = log is null ? null : new StreamWriter(log, append: true);
        _reading = Task.WhenAll(ReadAsync(process.StandardOutput), ReadAsync(process.StandardError));
    }

    /// <summary>Starts a program.</summary>
    /// <param name="program">File of its assembly.</param>
    /// <param name="arguments">Its command line.</param>
    /// <param name="folder">Its working folder.</param>
    /// <param name="awaited">What it says when it is ready.</param>
    /// <param name="log">File for what it says; null for none.</param>
    public static Child Start(string program, IEnumerable<string> arguments, string folder, string awaited, string? log = null)
    {
        var start = new ProcessStartInfo("dotnet", [program, .. arguments])
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        return new Child(Process.Start(start)!, awaited, log);
    }

    /// <summary>Processor time that it has taken so far.</summary>
    public TimeSpan ProcessorTime
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    /// <summary>Memory that it has resident now, bytes.</summary>
    public long Memory
    {
        get
        {
            _process.Refresh();
            return _process.WorkingSet64;
        }
    }

    /// <summary>The most memory that it has had resident, bytes.</summary>
    public long PeakMemory
    {
        get
        {
            _process.Refresh();
            return _process.PeakWorkingSet64;
        }
    }

    /// <summary>Waits until it has said that it is ready.</summary>
    /// <exception cref="LoadTestException">It ended instead.</exception>
    public async Task ReadyAsync(CancellationToken cancellation)
    {
        var ended = _process.WaitForExitAsync(cancellation);
        if (await Task.WhenAny(_said.Task, ended) == ended)
        {
            await ended;
            await _reading;
            throw new LoadTestException($"A process ended before it was ready:\n{string.Join('\n', _tail)}");
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        // Its standard input ends, and so does it; what does not is killed.
        _process.StandardInput.Close();
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(5));
        await _process.WaitForExitAsync(patience.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _process.Kill(entireProcessTree: true);
        await _reading;
        _process.Dispose();
        if (_log is not null)
        {
            await _log.DisposeAsync();
        }
    }

    private async Task ReadAsync(StreamReader lines)
    {
        while (await lines.ReadLineAsync() is { } line)
        {
            lock (_lock)
            {
                _log?.WriteLine(line);
                _tail.Enqueue(line);
                while (_tail.Count > TailLines)
                {
                    _tail.Dequeue();
                }
            }

            if (line.Contains(_awaited, StringComparison.Ordinal))
            {
                _said.TrySetResult();
            }
        }
    }
}
