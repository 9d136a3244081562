using System.Data.Common;
using CrossProvince.Core.Verification;
using CrossProvince.Service.Hosting;
using Dapper;

namespace CrossProvince.Service.Storage.Retention;

/// <summary>Makes the months to come, and lets go of those past the policy: announced in the log first, dropped a day later (docs/adr/0040).</summary>
/// <remarks>
/// A clock that is wrong must not cost records: months are counted from the earlier of the node's and the database server's clock, and while these differ by more than an hour nothing
/// is announced or dropped. Several nodes may run it; what one has announced, any of them drops.
/// </remarks>
internal sealed partial class RecordRetention(Database database, GroupCommit commits, StorageOptions options, TrustedClock clock, ILogger<RecordRetention> logger)
    : BackgroundService
{
    /// <summary>Between the announcement and the drop, milliseconds.</summary>
    public const long AnnouncedMilliseconds = 24 * 3_600_000;

    /// <summary>Made besides the present month: clocks differ, and a node may run for long without its database's leave to make tables.</summary>
    public const int MonthsBehind = 1;

    /// <inheritdoc cref="MonthsBehind"/>
    public const int MonthsAhead = 3;

    private const int HourMilliseconds = 3_600_000;

    private static readonly TimeSpan s_interval = TimeSpan.FromMinutes(1);

    private readonly Months _months = Months.Of(database, commits);

    /// <summary>Nothing younger than the policy is dropped; looking once an hour is enough.</summary>
    private long _nextLook = long.MinValue;

    private DateOnly _made;

    /// <summary>Does what is due.</summary>
    /// <exception cref="DbException">The database failed, or a month is being read; to be tried again.</exception>
    /// <exception cref="StorageException">The database is away.</exception>
    /// <exception cref="StorageBusyException">Too much waits to be written.</exception>
    public async Task RunAsync(CancellationToken cancellation)
    {
        var now = clock.Now().UnixMilliseconds;
        if (Month.Of(now) != _made)
        {
            foreach (var table in MonthlyTable.All)
            {
                await _months.MakeAsync(table, Month.Of(now).AddMonths(-MonthsBehind), Month.Of(now).AddMonths(MonthsAhead), cancellation);
            }

            _made = Month.Of(now);
        }

        if (now >= _nextLook || now < _nextLook - HourMilliseconds)
        {
            await LetGoAsync(now, cancellation);
            _nextLook = now + HourMilliseconds;
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(s_interval);
        do
        {
            try
            {
                await RunAsync(stoppingToken);
            }
            catch (Exception e) when (e is StorageException or StorageBusyException or DbException)
            {
                LogFailed(e);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    /// <summary>The first month that stays.</summary>
    /// <param name="now">Unix milliseconds.</param>
    /// <param name="months">The policy.</param>
    public static DateOnly FirstKept(long now, int months) => Month.Of(now).AddMonths(-months);

    private async Task LetGoAsync(long now, CancellationToken cancellation)
    {
        long theirs;
        Dictionary<string, long> announced;
        await using (var connection = await database.OpenAsync(cancellation))
        {
            theirs = await connection.ExecuteScalarAsync<long>($"SELECT {database.Clock}");
            announced = [];
            foreach (var name in MonthlyTable.All.SelectMany(table => new[] { MonthState(table), TimeState(table) }))
            {
                announced[name] = await NodeState.ReadAsync(connection, name);
            }
        }

        var apart = Math.Abs(theirs - now);
        if (apart > HourMilliseconds)
        {
            LogClocks(apart);
            return;
        }

        var first = FirstKept(Math.Min(now, theirs), options.RetentionMonths);
        foreach (var table in MonthlyTable.All)
        {
            if (!await _months.AnyAsync(table, first, cancellation))
            {
                continue;
            }

            var since = announced[TimeState(table)];
            if (announced[MonthState(table)] != Month.Number(first) || since > now)
            {
                var count = await _months.CountAsync(table, first, cancellation);
                LogAnnounced(count, table.Name, first, options.RetentionMonths);
                await commits.RunAsync(
                    async transaction =>
                    {
                        await NodeState.WriteAsync(transaction, MonthState(table), Month.Number(first));
                        await NodeState.WriteAsync(transaction, TimeState(table), now);
                    },
                    cancellation);
            }
            else if (now - since >= AnnouncedMilliseconds)
            {
                var count = await _months.DropAsync(table, first, cancellation);
                LogDropped(count, table.Name, first, options.RetentionMonths);
            }
        }
    }

    private static string MonthState(MonthlyTable table) => $"retention-{table.Name}";

    private static string TimeState(MonthlyTable table) => $"retention-{table.Name}-announced";

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Count} rows of {Table} of before {Month:yyyy-MM} are older than Storage:RetentionMonths ({Months}): they will be dropped in a day. If that is not meant, raise the setting, or set the clock right.")]
    private partial void LogAnnounced(long count, string table, DateOnly month, int months);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Count} rows of {Table} of before {Month:yyyy-MM} were dropped: Storage:RetentionMonths is {Months}.")]
    private partial void LogDropped(long count, string table, DateOnly month, int months);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The clocks of the node and of its database differ by {Milliseconds} ms: nothing is dropped for its age while one of them is wrong.")]
    private partial void LogClocks(long milliseconds);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Tables of months could not be made or dropped; it will be tried again within a minute.")]
    private partial void LogFailed(Exception exception);
}
