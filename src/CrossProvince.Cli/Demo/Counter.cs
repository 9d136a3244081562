using System.Diagnostics;
using System.Text.Json;
using CrossProvince.Contracts.Verification.V1;

namespace CrossProvince.Cli.Demo;

/// <summary>A counter with a scanner: one <c>verify</c> process, codes on its standard input, answers on its standard output.</summary>
internal sealed class Counter : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(40);

    private readonly SemaphoreSlim _scanning = new(1, 1);
    private readonly Process _process;
    private readonly Task<string> _errors;

    private Counter(Process process)
    {
        _process = process;
        _errors = process.StandardError.ReadToEndAsync();
    }

    /// <summary>Opens a counter; its first scan, of no code at all, shows that everything is connected.</summary>
    internal static async Task<Counter> OpenAsync(ChildProcesses children, IEnumerable<string> args, CancellationToken cancellationToken)
    {
        var counter = new Counter(children.Start(args));
        var first = await counter.ScanAsync("TEST", cancellationToken);
        return first.Verdict == Verdict.Malformed ? counter : throw new DemoException($"核验窗口不可用：{first}", $"A counter does not work: {first}");
    }

    /// <summary>Scans once.</summary>
    /// <param name="text">What the scanner read; one line.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="DemoException">There was no answer.</exception>
    internal async Task<Verification> ScanAsync(string text, CancellationToken cancellationToken)
    {
        await _scanning.WaitAsync(cancellationToken);
        try
        {
            await _process.StandardInput.WriteLineAsync(text.AsMemory(), cancellationToken);
            await _process.StandardInput.FlushAsync(cancellationToken);
            var line = await _process.StandardOutput.ReadLineAsync(cancellationToken).AsTask().WaitAsync(s_patience, cancellationToken);
            if (line is null)
            {
                throw new DemoException($"verify 进程停止了：{await _errors}", $"The verify process stopped: {await _errors}");
            }

            using var json = JsonDocument.Parse(line);
            return json.RootElement.TryGetProperty("error", out var error)
                ? throw new DemoException($"没有得到核验结果：{error}", $"A scan was not answered: {error}")
                : Verification.Parser.ParseJson(line);
        }
        catch (Exception e) when (e is TimeoutException or IOException)
        {
            throw new DemoException($"verify 进程没有回答：{e.Message}", $"The verify process did not answer: {e.Message}");
        }
        finally
        {
            _scanning.Release();
        }
    }

    public void Dispose() => _scanning.Dispose();
}
