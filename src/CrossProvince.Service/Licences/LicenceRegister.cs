using CrossProvince.Core.Status;
using CrossProvince.Core.Verification;
using CrossProvince.Service.StatusIndex;
using CrossProvince.Service.Storage;
using CrossProvince.Service.Storage.Sealing;

namespace CrossProvince.Service.Licences;

/// <summary>Changes licences: every change is one transaction with the next entry of the region's chain.</summary>
internal sealed class LicenceRegister(
    Database database, GroupCommit commits, ImportTurns imports, KeyRing keys, OwnIndex ownIndex, RecordCache cache, TrustedClock clock)
{
    /// <summary>Takes a batch of licences; all in one transaction.</summary>
    /// <returns>One outcome each, in order, or the reason why a licence is not taken; all durable and in this node's index.</returns>
    public async Task<IReadOnlyList<(ImportOutcome Outcome, string? Refusal)>> ImportAsync(IReadOnlyList<LicenceRecord> records)
    {
        var batch = await CommitAsync(records, null, CancellationToken.None);
        await WaitForAsync(batch);
        return batch.Outcomes;
    }

    /// <summary>Takes a batch of licences as <see cref="ImportAsync"/> does, but returns when it is durable; <see cref="WaitForAsync"/> then waits for the index.</summary>
    /// <param name="records">The licences; one may come several times.</param>
    /// <param name="before">What the same caller has committed before it, done or not: if that fails, so does this.</param>
    /// <param name="cancellation">Gives up what has not been begun.</param>
    public Task<ImportedBatch> CommitAsync(IReadOnlyList<LicenceRecord> records, Task? before, CancellationToken cancellation) =>
        records.Count > 0 ? imports.CommitAsync(records, before, cancellation) : ReadEndAsync(before ?? Task.CompletedTask, cancellation);

    /// <summary>Waits until what was committed is in this node's index, and what the shared cache knew of it is forgotten.</summary>
    public async Task WaitForAsync(ImportedBatch batch)
    {
        await cache.ForgetAsync(batch.Touched);
        await ownIndex.WaitForAsync(batch.LastSeq);
    }

    /// <summary>Changes statuses, in the order given; all that can be made are made in one transaction.</summary>
    /// <param name="orders">The changes; a licence may come more than once.</param>
    /// <param name="mayTouch">Whether the caller may touch licences of an issuer code.</param>
    /// <param name="cancellation">Gives up what has not been begun.</param>
    /// <returns>One outcome each, in order; what is said to be made is durable and in this node's index.</returns>
    public async Task<IReadOnlyList<StatusOutcome>> ChangeStatusesAsync(IReadOnlyList<StatusOrder> orders, Func<string, bool> mayTouch, CancellationToken cancellation)
    {
        if (orders.Count == 0)
        {
            return [];
        }

        var outcomes = await commits.RunAsync(
            async transaction =>
            {
                var chain = await StatusChainWriter.OpenAsync(transaction);
                await KeyRegister.RequireInUseAsync(transaction, keys);
                var statuses = await LicenceStatusStore.FindAsync(transaction, keys, orders.Select(order => order.Id.ToString()).Distinct());
                var written = new HashSet<string>();
                var outcomes = new List<StatusOutcome>(orders.Count);
                foreach (var order in orders)
                {
                    var id = order.Id.ToString();
                    var before = statuses.GetValueOrDefault(id);
                    var refusal = before is null ? StatusRefusal.NoSuchLicence
                        : !mayTouch(before.IssuerCode) ? StatusRefusal.ForeignIssuer
                        : MayNot(before, order.Status) ? StatusRefusal.EndedForGood
                        : StatusRefusal.None;
                    if (refusal != StatusRefusal.None)
                    {
                        outcomes.Add(new StatusOutcome(refusal, before));
                        continue;
                    }

                    var after = Change(chain, before!, order.Status, keys.SealText(SealedPlace.StatusNote(before!.Row), order.Note));
                    statuses[id] = after;
                    written.Add(id);
                    var changed = after.LastSeq != before!.LastSeq;
                    outcomes.Add(new StatusOutcome(refusal, before, after.LastSeq, changed ? chain.Time : Now(), changed));
                }

                await LicenceStatusStore.WriteAsync(transaction, written.Select(changed => statuses[changed]));
                await chain.CloseAsync();
                return outcomes;
            },
            cancellation);
        await ownIndex.WaitForAsync(outcomes.Max(outcome => outcome.Seq));
        return outcomes;
    }

    /// <summary>Puts some of the licences in force whose first valid day has come.</summary>
    /// <returns>How many; 0 when none is left.</returns>
    public async Task<int> ActivateDueAsync()
    {
        var (count, seq) = await commits.RunAsync(async transaction =>
        {
            var chain = await StatusChainWriter.OpenAsync(transaction);
            var due = await LicenceStatusStore.ListDueForActivationAsync(transaction, Today());
            await LicenceStatusStore.WriteAsync(transaction, [.. due.Select(licence => Change(chain, licence, NormalisedStatus.Valid, licence.SealedNote))]);
            await chain.CloseAsync();
            return (due.Count, chain.Seq);
        });
        await ownIndex.WaitForAsync(seq);
        return count;
    }

    /// <summary>What comes of no lines at all, after those before.</summary>
    private async Task<ImportedBatch> ReadEndAsync(Task before, CancellationToken cancellation)
    {
        await before;
        await using var connection = await database.OpenAsync(cancellation);
        var (seq, hash) = await StatusChangeReader.ReadEndAsync(connection);
        return new ImportedBatch([], [], seq, hash);
    }

    private int Today() => ChinaDate.Today(clock.Now().UnixSeconds);

    private bool MayNot(CurrentStatus licence, NormalisedStatus status) =>
        licence.Status == LicenceStatus.Ended && (licence.Status, licence.Reason) != status.InIndex(licence.ValidFrom, Today());

    private CurrentStatus Change(StatusChainWriter chain, CurrentStatus licence, NormalisedStatus worded, byte[] sealedNote)
    {
        var (status, reason) = worded.InIndex(licence.ValidFrom, Today());
        var seq = (licence.Status, licence.Reason) == (status, reason)
            ? licence.LastSeq
            : chain.Append(Now(), licence.List, licence.Index, status, licence.Tag, reason);
        return licence with { Worded = worded, SealedNote = sealedNote, Status = status, Reason = reason, LastSeq = seq };
    }

    private long Now() => clock.Now().UnixMilliseconds;
}
