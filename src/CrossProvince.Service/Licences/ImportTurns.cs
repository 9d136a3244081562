using System.Data.Common;
using System.Diagnostics;
using CrossProvince.Core.Status;
using CrossProvince.Core.Verification;
using CrossProvince.Service.Hosting;
using CrossProvince.Service.StatusIndex;
using CrossProvince.Service.Storage;
using CrossProvince.Service.Storage.Sealing;

namespace CrossProvince.Service.Licences;

/// <summary>Batches of licences that are imported at this node: as many in one transaction as there is time for while nobody else waits (docs/adr/0066).</summary>
/// <remarks>
/// While a batch is written, the next is decided and sealed in memory. A transaction ends when no batch is waiting, when anybody else wants to write, when a licence comes again, or when it has taken
/// long enough for a writer at another node, who waits for the lock of the chain's end. Batches are dealt with in the order in which they came.
/// </remarks>
internal sealed class ImportTurns(
    Database database, GroupCommit commits, LicenceStore licences, KeyRing keys, OwnIndex ownIndex, LicenceIndex index, TrustedClock clock, NodeSettings node)
{
    /// <summary>Lines of one transaction, and how long it takes up more of them.</summary>
    private const int MostLines = 8_000;

    private static readonly TimeSpan s_longest = TimeSpan.FromMilliseconds(80);

    private readonly Lock _lock = new();
    private readonly Queue<Waiting> _waiting = new();
    private bool _isRunning;

    /// <summary>Takes a batch of licences.</summary>
    /// <param name="records">The licences; one may come several times.</param>
    /// <param name="before">What the same caller has committed before it: if that fails, so does this.</param>
    /// <param name="cancellation">Gives up what has not been begun.</param>
    /// <returns>What became of it, once it is durable.</returns>
    public Task<ImportedBatch> CommitAsync(IReadOnlyList<LicenceRecord> records, Task? before, CancellationToken cancellation)
    {
        var batch = new Waiting([.. records.Select(record => (record.Id.ToString(), record))], before, cancellation);
        lock (_lock)
        {
            _waiting.Enqueue(batch);
            if (_isRunning)
            {
                return batch.Answer.Task;
            }

            _isRunning = true;
        }

        _ = Task.Run(RunAsync, CancellationToken.None);
        return batch.Answer.Task;
    }

    private async Task RunAsync()
    {
        while (true)
        {
            List<Waiting> taken = [];
            if (TryTake(taken, []))
            {
                await RunAsync(taken, takesMore: true);
                continue;
            }

            lock (_lock)
            {
                if (_waiting.Count == 0)
                {
                    _isRunning = false;
                    return;
                }
            }
        }
    }

    /// <summary>Runs one transaction.</summary>
    /// <param name="taken">What it begins with; what it takes besides is added.</param>
    /// <param name="takesMore">Whether it takes more.</param>
    private async Task RunAsync(List<Waiting> taken, bool takesMore)
    {
        try
        {
            var batches = await commits.RunAloneAsync(transaction => WriteAsync(transaction, taken, takesMore));
            foreach (var (waiting, batch) in taken.Zip(batches))
            {
                waiting.Answer.SetResult(batch);
            }
        }
        catch (Exception e) when (taken.Count > 1 && e is not (StorageException or StorageBusyException))
        {
            // One of them is at fault, and the others need not suffer for it.
            foreach (var waiting in taken.Where(waiting => !waiting.IsGivenUp()))
            {
                await RunAsync([waiting], takesMore: false);
            }
        }
        catch (Exception e)
        {
            taken.ForEach(waiting => waiting.Answer.TrySetException(e));
        }
    }

    private async Task<IReadOnlyList<ImportedBatch>> WriteAsync(DbTransaction transaction, List<Waiting> taken, bool takesMore)
    {
        var begun = Stopwatch.GetTimestamp();
        var chain = await StatusChainWriter.OpenAsync(transaction);
        await KeyRegister.RequireInUseAsync(transaction, keys);
        var entries = await EntryAllocator.OpenAsync(transaction, index.Find(node.Region)!, ownIndex.ListBound, ownIndex.FindAhead(chain.Seq, chain.Hash));

        // Everybody who writes licences holds the lock that this transaction has: what is committed is all that there is, but for what it has written itself.
        await using var reading = await database.OpenAsync(CancellationToken.None);
        var written = new HashSet<string>();
        var changes = new List<StoredChange>();
        var batches = new List<ImportedBatch>();
        var lines = 0;
        var writing = Task.CompletedTask;
        try
        {
            for (var i = 0; i < taken.Count || (takesMore && lines < MostLines && !commits.OthersWait && Stopwatch.GetElapsedTime(begun) < s_longest && TryTake(taken, written)); i++)
            {
                var batch = taken[i].Lines;
                lines += batch.Count;
                var stored = await licences.FindManyAsync(reading, [.. batch.Select(line => line.Id).Distinct()]);
                var plan = new ImportPlan(batch, stored, ChinaDate.Today(clock.Now().UnixSeconds));
                var rows = plan.NewEntries(chain.Seq);
                var places = entries.Draw(rows.Count);
                plan.Complete(node.Region, places, chain, clock.Now().UnixMilliseconds);
                var sealedLicences = licences.Seal(plan.Created, plan.Changed, stored);
                var appended = chain.Take();
                written.UnionWith(batch.Select(line => line.Id));
                changes.AddRange(appended);
                batches.Add(new ImportedBatch(plan.Outcomes, plan.Touched, chain.Seq, chain.Hash));
                await writing;
                writing = Task.Run(async () =>
                {
                    await EntryAllocator.WriteAsync(transaction, [.. rows.Zip(places)]);
                    await LicenceStore.WriteAsync(transaction, sealedLicences);
                    await chain.WriteAsync(appended);
                });
            }

            await writing;
        }
        finally
        {
            await writing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await entries.CloseAsync(transaction);
        await chain.CloseAsync();

        // Before the commit, so that they are there when the follower looks: they count once the database has them.
        ownIndex.HandOver(changes);
        return batches;
    }

    /// <summary>Takes the next batch, unless one of its licences was written in this transaction already: what has become of that is seen once it is committed.</summary>
    private bool TryTake(List<Waiting> taken, HashSet<string> written)
    {
        lock (_lock)
        {
            while (_waiting.TryPeek(out var next))
            {
                if (next.IsGivenUp())
                {
                    _waiting.Dequeue();
                    continue;
                }

                if (next.Lines.Any(line => written.Contains(line.Id)))
                {
                    return false;
                }

                taken.Add(_waiting.Dequeue());
                return true;
            }

            return false;
        }
    }

    /// <summary>A batch that waits.</summary>
    private sealed class Waiting(IReadOnlyList<(string Id, LicenceRecord Record)> lines, Task? before, CancellationToken cancellation)
    {
        public IReadOnlyList<(string Id, LicenceRecord Record)> Lines => lines;

        public TaskCompletionSource<ImportedBatch> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>Whether it is not to be begun any more; then its caller has been told.</summary>
        public bool IsGivenUp()
        {
            if (before is { IsFaulted: true })
            {
                Answer.SetException(before.Exception!.InnerException!);
                return true;
            }

            return (before is { IsCanceled: true } || cancellation.IsCancellationRequested) && Answer.TrySetCanceled(CancellationToken.None);
        }
    }
}
