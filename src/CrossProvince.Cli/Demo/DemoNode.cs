using System.Diagnostics;

namespace CrossProvince.Cli.Demo;

/// <summary>One region's node in a process of its own.</summary>
internal sealed class DemoNode(ChildProcesses children, DemoFolder folder, DemoRegion region, DemoTimes times)
{
    private const int TailLines = 15;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(40);

    private readonly Lock _lock = new();
    private readonly List<string> _log = [];
    private readonly TaskCompletionSource _died = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Process? _process;

    /// <summary>Fails when the node stops without having been told to.</summary>
    internal Task Died => _died.Task;

    /// <summary>Starts the node and waits until it answers.</summary>
    internal async Task StartAsync(CancellationToken cancellationToken)
    {
        var process = children.Start(Arguments());
        _process = process;
        children.Await(WatchAsync(process));
        using var http = new HttpClient { BaseAddress = region.Web, Timeout = TimeSpan.FromSeconds(5) };
        var waited = Stopwatch.StartNew();
        while (!await IsReadyAsync(http, cancellationToken))
        {
            if (waited.Elapsed > s_patience)
            {
                throw Failure($"节点 {region.Code} 在 {s_patience.TotalSeconds} 秒内没有就绪", $"The node of {region.Code} was not ready within {s_patience.TotalSeconds} s");
            }

            await Task.Delay(50, cancellationToken);
        }
    }

    /// <summary>Kills the process, as a power cut would.</summary>
    internal async Task KillAsync()
    {
        var process = _process!;
        _process = null;
        process.Kill();
        await process.WaitForExitAsync();
    }

    /// <summary>Whether a line of the log, from a place on, has a text in it; waits a moment for it.</summary>
    internal async Task<bool> HasLoggedAsync(string text, int from, CancellationToken cancellationToken)
    {
        for (var tries = 0; tries < 60; tries++)
        {
            lock (_lock)
            {
                if (_log.Skip(from).Any(line => line.Contains(text, StringComparison.Ordinal)))
                {
                    return true;
                }
            }

            await Task.Delay(50, cancellationToken);
        }

        return false;
    }

    /// <summary>How many lines the log has.</summary>
    internal int LogLength
    {
        get
        {
            lock (_lock)
            {
                return _log.Count;
            }
        }
    }

    private IEnumerable<string> Arguments()
    {
        string Sample(params string[] parts) => Path.Combine([folder.Federation, .. parts]);
        return
        [
            "node", "--stop-with-input", "--environment", "Development",
            "--Region", $"{region.Code}",
            "--Listen:Api", region.Api.AbsoluteUri,
            "--Listen:Web", region.Web.AbsoluteUri,
            "--Identity:Directory", folder.Identity(region, "node"),
            "--Trust:List", Sample("trust-list.cose"),
            "--Trust:Roots:0", Sample("roots", "root-1.pub.pem"),
            "--Trust:Roots:1", Sample("roots", "root-2.pub.pem"),
            "--Trust:Roots:2", Sample("roots", "root-3.pub.pem"),
            "--Partners:File", Sample($"{region.Code}", "partners.json"),
            "--Keys:Code", folder.Key(region, "code"),
            "--Keys:Index", folder.Key(region, "index"),
            "--Keys:Receipt", folder.Key(region, "receipt"),
            "--Freshness:Soft", $"{times.Soft:c}",
            "--Freshness:Hard", $"{times.Hard:c}",
            "--ConnectionStrings:Database", $"Data Source={folder.Node(region, "node.db")}",
        ];
    }

    private static async Task<bool> IsReadyAsync(HttpClient http, CancellationToken cancellationToken)
    {
        try
        {
            using var response = await http.GetAsync(new Uri("healthz/ready", UriKind.Relative), cancellationToken);
            return response.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private async Task WatchAsync(Process process)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(folder.Node(region, "node.log"))!);
        await Task.WhenAll(LogAsync(process.StandardOutput), LogAsync(process.StandardError));
        if (_process == process)
        {
            _died.TrySetException(Failure($"节点 {region.Code} 意外停止", $"The node of {region.Code} stopped by itself"));
        }
    }

    private async Task LogAsync(StreamReader lines)
    {
        while (await lines.ReadLineAsync() is { } line)
        {
            lock (_lock)
            {
                _log.Add(line);
                File.AppendAllText(folder.Node(region, "node.log"), line + "\n");
            }
        }
    }

    private DemoException Failure(string zh, string en)
    {
        string tail;
        lock (_lock)
        {
            tail = string.Concat(_log.TakeLast(TailLines).Select(line => $"\n  {line}"));
        }

        return new DemoException($"{zh}。它的日志末尾：{tail}", $"{en}. The end of its log:{tail}");
    }
}
