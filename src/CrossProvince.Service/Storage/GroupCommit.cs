using System.Data.Common;
using System.Diagnostics;
using System.Threading.Channels;
using CrossProvince.Service.Telemetry;
using Npgsql;

namespace CrossProvince.Service.Storage;

/// <summary>Writes to the database: whatever arrives while one transaction is being committed forms the next.</summary>
/// <remarks>
/// A caller is answered only after the commit that holds its work, so an answer means durable; a flood costs one commit a
/// group, and an idle node waits for nothing. Each piece of work has its own savepoint: one that fails leaves the rest alone.
/// A transaction that another node's made the server abort, or whose connection broke before the commit was sent, has done nothing and
/// is run again, as is once one whose server turned out to be read-only: another may have taken its place. One that failed in its commit is not, since it may have been made. While the database is away everyone is told so at once.
/// </remarks>
internal sealed partial class GroupCommit : IAsyncDisposable
{
    private const int LargestGroup = 512;
    private const int LongestQueue = 20_000;

    /// <summary>How often one group is tried.</summary>
    private const int Tries = 4;

    private const int LongestPauseMilliseconds = 100;

    private static readonly TimeSpan s_probeInterval = TimeSpan.FromMilliseconds(500);

    private readonly Database _database;
    private readonly ILogger<GroupCommit> _logger;
    private readonly StorageMetrics? _metrics;
    private readonly Channel<Work> _queue = Channel.CreateBounded<Work>(new BoundedChannelOptions(LongestQueue) { SingleReader = true });
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _loop;

    public GroupCommit(Database database, ILogger<GroupCommit> logger, StorageMetrics? metrics = null)
    {
        _database = database;
        _logger = logger;
        _metrics = metrics;
        metrics?.Observe(() => _queue.Reader.Count);
        _loop = Task.Factory.StartNew(LoopAsync, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).Unwrap();
    }

    /// <summary>Does one piece of work in the next transaction and answers when it is durable.</summary>
    /// <param name="work">Reads and writes through the transaction it is given; may be run several times, of which only the last counts.</param>
    /// <param name="cancellation">Gives up work that has not been begun; work begun is finished.</param>
    /// <returns>What the work returned.</returns>
    /// <exception cref="StorageBusyException">Too much is waiting; nothing was done.</exception>
    /// <exception cref="StorageException">The database failed. Nothing was done, unless it failed while it committed.</exception>
    /// <exception cref="OperationCanceledException">It was given up; nothing was done.</exception>
    public Task<T> RunAsync<T>(Func<DbTransaction, Task<T>> work, CancellationToken cancellation = default) => AddAsync(new Work<T>(work, cancellation));

    /// <summary>As <see cref="RunAsync{T}"/>, but in a transaction that does nothing else: what was committed before is all that there is besides this work's own.</summary>
    /// <remarks>It may take long as long as nobody else waits, and looks at <see cref="OthersWait"/>.</remarks>
    public Task<T> RunAloneAsync<T>(Func<DbTransaction, Task<T>> work) => AddAsync(new Work<T>(work, CancellationToken.None) { IsAlone = true });

    /// <summary>Whether there is work for the next transaction.</summary>
    public bool OthersWait => _queue.Reader.Count > 0;

    private Task<T> AddAsync<T>(Work<T> item)
    {
        if (_database.IsAway)
        {
            throw new StorageException(null);
        }

        if (!_queue.Writer.TryWrite(item))
        {
            throw new StorageBusyException();
        }

        return item.Answer;
    }

    /// <inheritdoc cref="RunAsync{T}"/>
    public Task RunAsync(Func<DbTransaction, Task> work, CancellationToken cancellation = default) => RunAsync(
        async transaction =>
        {
            await work(transaction);
            return true;
        },
        cancellation);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_queue.Writer.TryComplete())
        {
            await _stopping.CancelAsync();
            await _loop;
            _stopping.Dispose();
        }
    }

    private async Task LoopAsync()
    {
        var group = new List<Work>(LargestGroup);
        while (await _queue.Reader.WaitToReadAsync())
        {
            TakeGroup(group);
            var start = Stopwatch.GetTimestamp();
            var failed = await TryCommitAsync(group);
            _metrics?.Committed(group.Count, Stopwatch.GetElapsedTime(start));
            if (failed is { } failure)
            {
                LogCommitFailed(failure, group.Count);
                Fail(group, failure);
                await WaitWhileAwayAsync(failure);
            }

            group.Clear();
        }
    }

    private void TakeGroup(List<Work> group)
    {
        while (group.Count < LargestGroup && _queue.Reader.TryPeek(out var next) && (group.Count == 0 || !(next.IsAlone || group[0].IsAlone)))
        {
            _queue.Reader.TryRead(out _);
            group.Add(next);
        }
    }

    private static void Fail(List<Work> group, Exception failure)
    {
        foreach (var work in group)
        {
            work.Fail(new StorageException(failure));
        }
    }

    /// <returns>Why the group could not be committed; null when it was.</returns>
    private async Task<Exception?> TryCommitAsync(List<Work> group)
    {
        for (var tried = 1; ; tried++)
        {
            var isCommitting = false;
            try
            {
                await using var connection = await _database.OpenAsync(CancellationToken.None);
                await using var transaction = await connection.BeginTransactionAsync();
                foreach (var work in group)
                {
                    await transaction.SaveAsync("work");
                    if (!await work.TryDoAsync(transaction))
                    {
                        await transaction.RollbackAsync("work");
                    }

                    await transaction.ReleaseAsync("work");
                }

                isCommitting = true;
                await transaction.CommitAsync();
            }
            catch (Exception e)
            {
                if (StorageFailures.IsReadOnly(e))
                {
                    // Another server may be the one to write to by now.
                    _database.ForgetConnections();
                }

                if (isCommitting || tried == Tries || !(StorageFailures.IsLost(e) || (tried == 1 && (StorageFailures.IsBroken(e) || StorageFailures.IsReadOnly(e)))))
                {
                    return e;
                }

                LogAgain(group.Count);

                // The other transaction must get the rows first: at once, this one could take them from it again.
                await Task.Delay(Random.Shared.Next(LongestPauseMilliseconds / 4, LongestPauseMilliseconds) * tried);
                continue;
            }

            foreach (var work in group)
            {
                work.Finish();
            }

            return null;
        }
    }

    /// <summary>Whatever failed, it was not the one piece of work; or the driver has closed the connection over it, as that of PostgreSQL does when a disk is full.</summary>
    private static bool ConcernsAll(DbException e) => StorageFailures.IsLost(e) || StorageFailures.IsBroken(e) || StorageFailures.IsReadOnly(e) || StorageFailures.IsLate(e) || (e is PostgresException && StorageFailures.IsFull(e));

    /// <summary>Finds out whether the database is there at all; while it isn't, nothing is taken up.</summary>
    private async Task WaitWhileAwayAsync(Exception failure)
    {
        var waiting = new List<Work>();
        while (!await _database.ProbeAsync() && !_stopping.IsCancellationRequested)
        {
            while (_queue.Reader.TryRead(out var work))
            {
                waiting.Add(work);
            }

            Fail(waiting, failure);
            waiting.Clear();
            await Task.Delay(s_probeInterval, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "A transaction of {Count} writes failed; none of them was made.")]
    private partial void LogCommitFailed(Exception exception, int count);

    [LoggerMessage(Level = LogLevel.Information, Message = "A transaction of {Count} writes was undone by the database before its commit and is run again.")]
    private partial void LogAgain(int count);

    private abstract class Work
    {
        /// <summary>Whether nothing else may be in its transaction.</summary>
        public bool IsAlone { get; init; }

        public abstract Task<bool> TryDoAsync(DbTransaction transaction);

        public abstract void Finish();

        public abstract void Fail(Exception exception);
    }

    private sealed class Work<T>(Func<DbTransaction, Task<T>> work, CancellationToken cancellation) : Work
    {
        private readonly TaskCompletionSource<T> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private T? _result;
        private Exception? _refusal;

        public Task<T> Answer => _answer.Task;

        public override async Task<bool> TryDoAsync(DbTransaction transaction)
        {
            _refusal = null;
            try
            {
                cancellation.ThrowIfCancellationRequested();
                _result = await work(transaction);
                return true;
            }
            catch (DbException e) when (!ConcernsAll(e))
            {
                _refusal = new StorageException(e);
                return false;
            }
            catch (Exception e) when (e is not DbException)
            {
                // The caller's own refusal: handed back to it when the group is through.
                _refusal = e;
                return false;
            }
        }

        public override void Finish()
        {
            if (_refusal is null)
            {
                _answer.TrySetResult(_result!);
            }
            else
            {
                _answer.TrySetException(_refusal);
            }
        }

        public override void Fail(Exception exception) => _answer.TrySetException(_refusal ?? exception);
    }
}
