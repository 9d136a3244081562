using System.Collections.Concurrent;
using System.Data.Common;
using System.Globalization;
using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Verification;
using CrossProvince.Service.Hosting;
using CrossProvince.Service.Storage;
using CrossProvince.Service.Storage.Retention;

namespace CrossProvince.Service.Federation.Reporting;

/// <summary>Tells every other region what was verified of its codes here, each by itself, so that one that is away holds up nobody else.</summary>
internal sealed partial class UseReporting : BackgroundService
{
    private static readonly TimeSpan s_turn = TimeSpan.FromSeconds(5);
    private const int TurnsUntilForgetting = 720;

    private readonly NodeSettings _node;
    private readonly TrustSource _trust;
    private readonly ReportQueue _queue;
    private readonly EarlierUses _earlier;
    private readonly TrustedClock _clock;
    private readonly Func<RegionCode, RegionReporter> _create;
    private readonly ILogger<UseReporting> _logger;
    private readonly ConcurrentDictionary<RegionCode, RegionReporter> _reporters = new();

    public UseReporting(NodeSettings node, TrustSource trust, ReportQueue queue, EarlierUses earlier, ReportWriting writing, RegionHttp http, TrustedClock clock, ReportMetrics metrics, ILogger<UseReporting> logger)
    {
        (_node, _trust, _queue, _earlier, _clock, _logger) = (node, trust, queue, earlier, clock, logger);
        var sender = string.Create(CultureInfo.InvariantCulture, $"{Environment.MachineName}-{Environment.ProcessId}-{Guid.NewGuid():N}");
        _create = region => new RegionReporter(region, sender, queue, writing, trust, http, clock, node.Options.Federation.ReportInterval, metrics, logger);
        metrics.Observe(() => _reporters.Select(pair => (pair.Key, pair.Value.Waiting.Count, pair.Value.Waiting.Age)));
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var loops = new List<Task>();
        for (var turn = 0; !stoppingToken.IsCancellationRequested; turn++)
        {
            if (turn % TurnsUntilForgetting == 0)
            {
                loops.Add(TryAsync(() => _earlier.MoveAsync(stoppingToken)));
                await TryAsync(() => _queue.ForgetAsync(MonthlyTable.Verifications.Begin(RecordRetention.FirstKept(_clock.Now().UnixMilliseconds, _node.Options.Storage.RetentionMonths))));
            }

            foreach (var region in _trust.List.Regions.Select(region => region.Code).Where(code => code != _node.Region && !_reporters.ContainsKey(code)))
            {
                var reporter = _reporters[region] = _create(region);
                loops.Add(reporter.RunAsync(stoppingToken));
            }

            foreach (var reporter in _reporters.Values)
            {
                await TryAsync(() => reporter.CountAsync(stoppingToken));
            }

            await Task.Delay(s_turn, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await Task.WhenAll(loops);
    }

    /// <summary>What the database does not do now is done later; it says so itself.</summary>
    private async Task TryAsync(Func<Task> work)
    {
        try
        {
            await work();
        }
        catch (Exception e) when (e is StorageException or StorageBusyException or DbException or OperationCanceledException or TimeoutException)
        {
            return;
        }
        catch (Exception e)
        {
            LogBug(e);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Looking for uses to report failed unexpectedly.")]
    private partial void LogBug(Exception exception);
}
