using System.Data.Common;
using CrossProvince.Core.Verification;
using CrossProvince.Service.Hosting;
using CrossProvince.Service.Identity;
using CrossProvince.Service.Licences;
using CrossProvince.Service.Storage;
using Dapper;
using Grpc.Core;

namespace CrossProvince.Service.Limits;

/// <summary>What partners with a daily quota have used of it, at all nodes of the region together (docs/adr/0061).</summary>
/// <remarks>
/// Each node counts for itself, and adds to the database's count every two seconds: so the quota may be exceeded by what all nodes take in that time. While the database is away a node goes on with
/// what it knew and has counted since. Days are those of China Standard Time.
/// </remarks>
internal sealed partial class DailyQuotas(Database database, GroupCommit commits, TrustedClock clock, ILogger<DailyQuotas> logger) : BackgroundService
{
    private const int SecondsADay = 86_400;
    private const int ChinaSeconds = 28_800;

    /// <summary>Days for which counts are kept.</summary>
    private const int KeptDays = 31;

    private const string Add = """
        INSERT INTO partner_calls (day, name, calls) VALUES (@day, @name, @calls)
        ON CONFLICT (day, name) DO UPDATE SET calls = partner_calls.calls + excluded.calls
        """;

    private const string All = "SELECT name, calls FROM partner_calls WHERE day = @day";

    private const string Forget = "DELETE FROM partner_calls WHERE day < @before";

    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(2);

    private readonly Dictionary<string, Count> _counts = [];
    private readonly Lock _counting = new();
    private int _day;

    /// <summary>Takes calls from a partner's quota of today, all or none.</summary>
    /// <param name="caller">Who calls; one without a daily quota is not counted.</param>
    /// <param name="calls">How many; each code is one.</param>
    /// <exception cref="RpcException">RESOURCE_EXHAUSTED until midnight.</exception>
    public void Take(Caller caller, int calls)
    {
        if (caller.Limits?.PerDay is not { } most)
        {
            return;
        }

        var now = clock.Now().UnixSeconds;
        lock (_counting)
        {
            Begin(ChinaDate.Today(now));
            var name = NameOf(caller);
            var count = _counts.GetValueOrDefault(name);
            if (count.Known + count.Own + calls <= most)
            {
                _counts[name] = count with { Own = count.Own + calls };
                return;
            }
        }

        throw RpcErrors.ResourceExhausted(
            "DAILY_QUOTA", "今日调用次数已达约定上限，北京时间零点后恢复；如需提高请联系运维人员。", "The calls agreed for today are used up; they begin anew at midnight, China Standard Time. Ask the operator for more.",
            TimeSpan.FromSeconds(SecondsADay - ((now + ChinaSeconds) % SecondsADay)));
    }

    /// <summary>Adds what this node has counted to the database's count, and reads what all nodes have.</summary>
    /// <exception cref="StorageException">The database is away; nothing is lost.</exception>
    /// <exception cref="DbException">It failed.</exception>
    public async Task SynchroniseAsync(CancellationToken cancellation)
    {
        int day;
        List<(string Name, long Calls)> own;
        lock (_counting)
        {
            Begin(ChinaDate.Today(clock.Now().UnixSeconds));
            day = _day;
            own = [.. _counts.Where(pair => pair.Value.Own > 0).OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => (pair.Key, pair.Value.Own))];
        }

        if (own.Count > 0)
        {
            await commits.RunAsync(
                async transaction =>
                {
                    // In one order at every node, so that two that add to the same rows stand in line.
                    foreach (var (name, calls) in own)
                    {
                        await transaction.Connection!.ExecuteAsync(Add, new { day, name, calls }, transaction);
                    }

                    await transaction.Connection!.ExecuteAsync(Forget, new { before = day - KeptDays }, transaction);
                },
                cancellation);
        }

        await using var connection = await database.OpenAsync(cancellation);
        var known = (await connection.QueryAsync<(string Name, long Calls)>(new CommandDefinition(All, new { day }, cancellationToken: cancellation))).ToDictionary(row => row.Name, row => row.Calls);
        lock (_counting)
        {
            if (day != _day)
            {
                return;
            }

            // What was counted since stays this node's own.
            foreach (var (name, calls) in own)
            {
                _counts[name] = _counts[name] with { Own = _counts[name].Own - calls };
            }

            foreach (var (name, calls) in known)
            {
                _counts[name] = _counts.GetValueOrDefault(name) with { Known = calls };
            }
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            await TrySynchroniseAsync(stoppingToken);
            await Task.Delay(s_interval, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await TrySynchroniseAsync(CancellationToken.None);
    }

    private async Task TrySynchroniseAsync(CancellationToken cancellation)
    {
        try
        {
            await SynchroniseAsync(cancellation);
        }
        catch (Exception e) when (e is StorageException or StorageBusyException or DbException or TimeoutException or OperationCanceledException)
        {
            // The database says so itself.
        }
        catch (Exception e)
        {
            LogBug(e);
        }
    }

    /// <summary>Organisations by their code, as they share a bucket; regions with all of their nodes.</summary>
    private static string NameOf(Caller caller) => caller.Role == CallerRole.Node ? $"region:{caller.Region}" : $"organisation:{caller.Organisation}";

    private void Begin(int day)
    {
        if (day != _day)
        {
            _counts.Clear();
            _day = day;
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Counting the calls of partners with a daily quota failed unexpectedly.")]
    private partial void LogBug(Exception exception);

    /// <summary>Calls of today.</summary>
    /// <param name="Known">What the database knew when it was last read.</param>
    /// <param name="Own">What this node has taken and not added there.</param>
    private readonly record struct Count(long Known, long Own);
}
