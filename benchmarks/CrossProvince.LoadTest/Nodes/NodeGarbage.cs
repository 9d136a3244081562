using System.Globalization;

namespace CrossProvince.LoadTest.Nodes;

/// <summary>What a node's metrics say of its memory.</summary>
internal sealed class NodeGarbage(Uri web) : IDisposable
{
    private const string AllocatedSeries = "dotnet_gc_heap_total_allocated_bytes_total";
    private const string PausedSeries = "dotnet_gc_pause_time_seconds_total";

    private readonly HttpClient _http = new() { BaseAddress = web };

    /// <summary>Bytes allocated and time paused since the node began.</summary>
    public async Task<(long Allocated, TimeSpan Paused)> ReadAsync(CancellationToken cancellation)
    {
        var text = await _http.GetStringAsync("/metrics", cancellation);
        return ((long)Read(text, AllocatedSeries), TimeSpan.FromSeconds(Read(text, PausedSeries)));
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private static double Read(string metrics, string series) => metrics.Split('\n')
        .Where(line => line.StartsWith(series, StringComparison.Ordinal))
        .Select(line => line.Split(' '))
        .Select(parts => double.Parse(parts[1], CultureInfo.InvariantCulture))
        .FirstOrDefault();
}
