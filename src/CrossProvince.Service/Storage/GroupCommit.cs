using System.Data.Common;
using System.Diagnostics;
using System.Threading.Channels;
using CrossProvince.Service.Telemetry;

namespace CrossProvince.Service.Storage;

/// <summary>Writes to the database: whatever arrives while one transaction is being committed forms the next.</summary>
/// <remarks>
/// A caller is answered only after the commit that holds its work, so an answer means durable; a flood costs one commit a
/// group, and an idle node waits for nothing. Each piece of work has its own savepoint: one that fails leaves the rest alone.
/// </remarks>
internal sealed partial class GroupCommit : IAsyncDisposable
{
    private const int LargestGroup = 512;
    private const int LongestQueue = 20_000;

    private readonly Database _database;
    private readonly ILogger<GroupCommit> _logger;
    private readonly StorageMetrics? _metrics;
    private readonly Channel<Work> _queue = Channel.CreateBounded<Work>(new BoundedChannelOptions(LongestQueue) { SingleReader = true });
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
    /// <param name="work">Reads and writes through the transaction it is given; may run once only.</param>
    /// <param name="cancellation">Gives up work that has not been begun; work begun is finished.</param>
    /// <returns>What the work returned.</returns>
    /// <exception cref="StorageBusyException">Too much is waiting; nothing was done.</exception>
    /// <exception cref="StorageException">The database failed; nothing was done.</exception>
    /// <exception cref="OperationCanceledException">It was given up; nothing was done.</exception>
    public Task<T> RunAsync<T>(Func<DbTransaction, Task<T>> work, CancellationToken cancellation = default)
    {
        var item = new Work<T>(work, cancellation);
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
        _queue.Writer.TryComplete();
        await _loop;
    }

    private async Task LoopAsync()
    {
        var group = new List<Work>(LargestGroup);
        while (await _queue.Reader.WaitToReadAsync())
        {
            while (group.Count < LargestGroup && _queue.Reader.TryRead(out var work))
            {
                group.Add(work);
            }

            var start = Stopwatch.GetTimestamp();
            await CommitAsync(group);
            _metrics?.Committed(group.Count, Stopwatch.GetElapsedTime(start));
            group.Clear();
        }
    }

    private async Task CommitAsync(List<Work> group)
    {
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

            await transaction.CommitAsync();
        }
        catch (Exception e)
        {
            // Whatever it was: everyone who waits is told, and the next group is tried afresh.
            LogCommitFailed(e, group.Count);
            foreach (var work in group)
            {
                work.Fail(new StorageException(e));
            }

            return;
        }

        foreach (var work in group)
        {
            work.Finish();
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "A transaction of {Count} writes failed; none of them was made.")]
    private partial void LogCommitFailed(Exception exception, int count);

    private abstract class Work
    {
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
            try
            {
                cancellation.ThrowIfCancellationRequested();
                _result = await work(transaction);
                return true;
            }
            catch (DbException e)
            {
                _refusal = new StorageException(e);
                return false;
            }
            catch (Exception e)
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
