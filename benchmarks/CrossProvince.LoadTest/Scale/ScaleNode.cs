using System.Diagnostics;
using System.Globalization;
using System.Net;
using CrossProvince.Core.Identifiers;
using CrossProvince.LoadTest.Nodes;

namespace CrossProvince.LoadTest.Scale;

/// <summary>One node, a process.</summary>
internal sealed class ScaleNode(RegionCode region, Uri api, Uri web, Child process) : IAsyncDisposable
{
    private const string Sequences = "crossprovince_index_seq";
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(20);

    private readonly long _started = Stopwatch.GetTimestamp();
    private readonly HttpClient _http = new() { BaseAddress = web };

    /// <summary>Its region.</summary>
    public RegionCode Region => region;

    /// <summary>Where it listens for partners and authorities.</summary>
    public Uri Api => api;

    /// <summary>The process.</summary>
    public Child Process => process;

    /// <summary>Waits until it says that it can answer counters.</summary>
    /// <returns>How long it took since the process was started.</returns>
    /// <exception cref="LoadTestException">It ended instead.</exception>
    public async Task<TimeSpan> ReadyAsync(CancellationToken cancellation)
    {
        await process.ReadyAsync(cancellation);
        while (!await IsReadyAsync(cancellation))
        {
            await Task.Delay(s_look, cancellation);
        }

        return Stopwatch.GetElapsedTime(_started);
    }

    /// <summary>The last change of a region that it holds; 0 when it holds none.</summary>
    public async Task<long> SeqOfAsync(RegionCode held, CancellationToken cancellation)
    {
        var label = $"region=\"{held}\"";
        var line = (await _http.GetStringAsync("metrics", cancellation)).Split('\n')
            .FirstOrDefault(line => line.StartsWith(Sequences, StringComparison.Ordinal) && line.Contains(label, StringComparison.Ordinal));
        return line is null ? 0 : (long)double.Parse(line[(line.IndexOf('}', StringComparison.Ordinal) + 1)..].Trim().Split(' ')[0], CultureInfo.InvariantCulture);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await process.DisposeAsync();
    }

    private async Task<bool> IsReadyAsync(CancellationToken cancellation)
    {
        using var answer = await _http.GetAsync("healthz/ready", cancellation);
        return answer.StatusCode == HttpStatusCode.OK;
    }
}
