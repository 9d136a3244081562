using System.Data.Common;
using CrossProvince.Core.Status;
using CrossProvince.Core.Verification;
using CrossProvince.Service.Hosting;
using CrossProvince.Service.StatusIndex;
using CrossProvince.Service.Storage;
using CrossProvince.Service.Storage.Sealing;

namespace CrossProvince.Service.Licences;

/// <summary>What an import made of one line.</summary>
internal enum ImportOutcome
{
    Created,
    Updated,
    Unchanged,
}

/// <summary>Changes licences: every change is one transaction with the next entry of the region's chain.</summary>
internal sealed class LicenceRegister(GroupCommit commits, LicenceStore licences, KeyRing keys, OwnIndex ownIndex, RecordCache cache, TrustedClock clock, NodeSettings node)
{
    /// <summary>Takes a batch of licences; all in one transaction.</summary>
    /// <returns>One outcome each, in order, or the reason why a licence is not taken.</returns>
    public async Task<IReadOnlyList<(ImportOutcome Outcome, string? Refusal)>> ImportAsync(IReadOnlyList<LicenceRecord> records)
    {
        var (outcomes, updated, seq) = await commits.RunAsync(async transaction =>
        {
            var chain = await StatusChainWriter.OpenAsync(transaction);
            await KeyRegister.RequireInUseAsync(transaction, keys);
            var outcomes = new List<(ImportOutcome, string?)>(records.Count);
            var updated = new List<(int List, int Index)>();
            foreach (var record in records)
            {
                outcomes.Add(await TakeAsync(transaction, chain, record, updated));
            }

            await chain.CloseAsync();
            return (outcomes, updated, chain.Seq);
        });
        await cache.ForgetAsync(updated);
        await ownIndex.WaitForAsync(seq);
        return outcomes;
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

    private int Today() => ChinaDate.Today(clock.Now().UnixSeconds);

    private async Task<(ImportOutcome Outcome, string? Refusal)> TakeAsync(
        DbTransaction transaction, StatusChainWriter chain, LicenceRecord record, List<(int List, int Index)> updated)
    {
        StoredLicence? stored;
        try
        {
            stored = await licences.FindAsync(transaction.Connection!, record.Id.ToString(), transaction);
        }
        catch (SealedDataException e)
        {
            return (default, $"stands for a licence that cannot be read. {e.Message}");
        }

        var (status, reason) = record.Status.InIndex(record.ValidFrom, Today());
        if (stored is null)
        {
            await licences.WriteAsync(transaction, await AllocateAsync(transaction, chain, stored: null, record, status, reason, note: ""));
            return (ImportOutcome.Created, null);
        }

        if (stored.Record.Number != record.Number)
        {
            return (default, "licence_id stands for a licence with another number already; give each its own licence_id.");
        }

        if (IsSame(stored.Record, record) && (stored.Status, stored.Reason) == (status, reason))
        {
            return (ImportOutcome.Unchanged, null);
        }

        if (stored.Status == LicenceStatus.Ended && status != LicenceStatus.Ended)
        {
            return (default, "the licence has ended for good and can't come back by import; a new version needs a new licence_id.");
        }

        updated.Add((stored.List, stored.Index));
        if (stored.Record.Display != record.Display || stored.Record.TypeNumber != record.TypeNumber)
        {
            // What a code shows is bound to its entry: the old entry ends, the licence gets a new one (docs/payload.md, display).
            if (stored.Status != LicenceStatus.Ended)
            {
                chain.Append(Now(), stored.List, stored.Index, LicenceStatus.Ended, stored.Tag, StatusReason.Replaced);
            }

            await licences.WriteAsync(transaction, await AllocateAsync(transaction, chain, stored.Row, record, status, reason, stored.StatusNote));
            return (ImportOutcome.Updated, null);
        }

        var seq = (stored.Status, stored.Reason) == (status, reason)
            ? stored.LastSeq
            : chain.Append(Now(), stored.List, stored.Index, status, stored.Tag, reason);
        await licences.WriteAsync(transaction, stored with { Record = record, Status = status, Reason = reason, LastSeq = seq });
        return (ImportOutcome.Updated, null);
    }

    /// <param name="transaction">The transaction.</param>
    /// <param name="chain">The chain.</param>
    /// <param name="stored">The licence's row; null for a new one, which is numbered by the change that is appended.</param>
    /// <param name="record">What it says.</param>
    /// <param name="status">How it stands.</param>
    /// <param name="reason">Why.</param>
    /// <param name="note">Why, in the authority's words.</param>
    private async Task<StoredLicence> AllocateAsync(
        DbTransaction transaction, StatusChainWriter chain, long? stored, LicenceRecord record, LicenceStatus status, StatusReason reason, string note)
    {
        var row = stored ?? (chain.Seq + 1);
        var (list, index) = await EntryAllocator.TakeAsync(transaction, row, ownIndex.ListBound);
        var tag = EntryTag.Compute(node.Region, list, index, record.TypeNumber, record.Display.Encode());
        var seq = chain.Append(Now(), list, index, status, tag, reason);
        return new StoredLicence
        {
            Row = row,
            Record = record,
            StatusNote = note,
            List = list,
            Index = index,
            Status = status,
            Reason = reason,
            Tag = tag,
            LastSeq = seq,
        };
    }

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

    private static bool IsSame(LicenceRecord a, LicenceRecord b) =>
        a with { Fields = b.Fields, Guardians = b.Guardians, Agents = b.Agents, Id = b.Id } == b
        && a.Fields.SequenceEqual(b.Fields)
        && new HashSet<Party>(a.Guardians).SetEquals(b.Guardians)
        && new HashSet<Party>(a.Agents).SetEquals(b.Agents);
}
