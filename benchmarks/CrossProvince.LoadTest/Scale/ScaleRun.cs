using System.Diagnostics;
using System.Globalization;
using CrossProvince.Cli.Certs;
using CrossProvince.Cli.Trust;
using CrossProvince.Core.Catalogue;
using CrossProvince.Service.Caching;
using CrossProvince.Targets;
using StackExchange.Redis;

namespace CrossProvince.LoadTest.Scale;

/// <summary>One run: fills the servers, measures P9, then P6.</summary>
/// <param name="plan">What.</param>
/// <param name="progress">Receives what is going on, and the figures.</param>
internal sealed class ScaleRun(ScalePlan plan, TextWriter progress)
{
    /// <summary>Runs.</summary>
    /// <param name="file">Receives the lines.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>0, or 1 when a change was lost.</returns>
    /// <exception cref="LoadTestException">The servers are not empty, or a node did not do what it must.</exception>
    public async Task<int> RunAsync(string file, CancellationToken cancellation)
    {
        var catalogue = CatalogueDirectory.Read(Path.Combine(AppContext.BaseDirectory, "catalogue"));
        await using var nodes = new ScaleNodes(plan, catalogue);
        var (licences, seq) = await FillAsync(nodes, catalogue, cancellation);
        var lines = new List<TargetLine>(await new StartMeasurement(plan, nodes, progress).MeasureAsync(seq, cancellation));
        var changes = new ChangeMeasurement(plan, nodes, catalogue, licences, progress);
        lines.AddRange(await changes.MeasureAsync(cancellation));
        TargetFile.Write(file, lines);
        TargetFile.Print(progress, lines);
        return changes.Loss is null ? 0 : 1;
    }

    private async Task<(IReadOnlyList<string> Licences, long Seq)> FillAsync(ScaleNodes nodes, LicenceCatalogue catalogue, CancellationToken cancellation)
    {
        await using var redis = await ConnectionMultiplexer.ConnectAsync(plan.Redis);
        if (await redis.GetDatabase().KeyExistsAsync(CacheKeys.Head(ScalePlan.Own)))
        {
            throw new LoadTestException("The Redis of --redis has been filled already; it must be empty.");
        }

        var start = Stopwatch.GetTimestamp();
        IReadOnlyList<string> licences;
        long seq;
        await using (var node = nodes.StartOwn(0))
        {
            await node.ReadyAsync(cancellation);
            licences = await OwnRows.ImportAsync(nodes.Connect(node, "authority"), catalogue, plan.Rows, ChangeMeasurement.Changed, progress, cancellation);
            seq = await node.SeqOfAsync(ScalePlan.Own, cancellation);
            await KeptAsync(redis.GetDatabase(), nodes, seq, cancellation);
        }

        await progress.WriteLineAsync(string.Create(
            CultureInfo.InvariantCulture, $"{plan.Rows:N0} licences are imported after {Stopwatch.GetElapsedTime(start).TotalSeconds:F0} s; the index of {plan.Licences - plan.Rows:N0} more is made ..."));
        var key = SigningKeyFiles.ReadPrivate(nodes.Federation(ScalePlan.Rest.ToString(), "keys", "index.key.pem"));
        await RestOfTheCountry.WriteAsync(redis.GetDatabase(), ScalePlan.Rest, plan.Licences - plan.Rows, key, cancellation);
        await progress.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"All is filled after {Stopwatch.GetElapsedTime(start).TotalSeconds:F0} s."));
        return (licences, seq);
    }

    /// <summary>Waits until the node has written its index to Redis.</summary>
    private static async Task KeptAsync(IDatabase redis, ScaleNodes nodes, long seq, CancellationToken cancellation)
    {
        while ((byte[]?)await redis.StringGetAsync(CacheKeys.Head(ScalePlan.Own)) is not { } document
            || Core.Status.StatusHeadDocument.Open(document, nodes.Trust, ScalePlan.Own, DateTimeOffset.UtcNow.ToUnixTimeSeconds()).Seq < seq)
        {
            await Task.Delay(100, cancellation);
        }
    }
}
