using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace CrossProvince.Faults.Tests.Region;

/// <summary>Finds the node that writes the region's index to Redis: among several, one at a time.</summary>
internal static partial class IndexWriter
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(3);

    /// <summary>Listens to what Redis is told until somebody writes the head of Beijing's index.</summary>
    /// <returns>The number of the node; null when nobody wrote it meanwhile.</returns>
    public static async Task<int?> FindAsync(RegionUnderTest region)
    {
        var start = new ProcessStartInfo("redis-cli", ["-p", region.Redis!.Port.ToString(CultureInfo.InvariantCulture), "monitor"]) { RedirectStandardOutput = true };
        using var monitor = Process.Start(start)!;
        try
        {
            using var patience = new CancellationTokenSource(s_patience);
            while (await monitor.StandardOutput.ReadLineAsync(patience.Token) is { } line)
            {
                if (Written().Match(line) is { Success: true } written
                    && int.Parse(written.Groups["port"].ValueSpan, CultureInfo.InvariantCulture) is var port
                    && Enumerable.Range(0, region.OwnNodes).Where(node => region.Slots[node].ProcessId is { } process && HasPort(process, port)).Select(node => (int?)node).FirstOrDefault() is { } found)
                {
                    return found;
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Redis is away, or both nodes are.
        }
        finally
        {
            monitor.Kill();
        }

        return null;
    }

    /// <summary>Whether a process holds the local end of a connection.</summary>
    private static bool HasPort(int process, int port)
    {
        var end = string.Create(CultureInfo.InvariantCulture, $":{port:X4}");
        var sockets = File.ReadLines("/proc/net/tcp").Concat(File.ReadLines("/proc/net/tcp6")).Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Where(fields => fields.Length > 9 && fields[1].EndsWith(end, StringComparison.Ordinal)).Select(fields => $"socket:[{fields[9]}]").ToHashSet();
        try
        {
            return Directory.GetFiles($"/proc/{process}/fd").Any(file => File.ResolveLinkTarget(file, returnFinalTarget: false)?.Name is { } target && sockets.Contains(target));
        }
        catch (IOException)
        {
            return false;
        }
    }

    // 1700000000.000000 [0 127.0.0.1:50000] "SET" "cp:{110000}:v1:head" …; a script's own commands come from [0 lua].
    [GeneratedRegex("""\[\d+ [^\]]*:(?<port>\d+)\] "(SET|SETRANGE|EVAL|EVALSHA|FCALL)".*"cp:\{110000\}:v1:head" """, RegexOptions.IgnoreCase)]
    private static partial Regex Written();
}
