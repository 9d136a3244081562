using System.Data.Common;
using CrossProvince.Core.Status;
using CrossProvince.Core.Verification;
using CrossProvince.Service.Hosting;
using CrossProvince.Service.StatusIndex;
using CrossProvince.Service.Storage;

namespace CrossProvince.Service.Licences;

/// <summary>What an import made of one line.</summary>
internal enum ImportOutcome
{
    Created,
    Updated,
    Unchanged,
}

/// <summary>The answer to a change of status.</summary>
internal sealed record StatusChanged(long Seq, long TimeMilliseconds, bool Changed);

/// <summary>Changes licences: every change is one transaction with the next entry of the region's chain.</summary>
internal sealed class LicenceRegister(GroupCommit commits, OwnIndex ownIndex, RecordCache cache, TrustedClock clock, NodeSettings node)
{
    /// <summary>Takes a batch of licences; all in one transaction.</summary>
    /// <returns>One outcome each, in order, or the reason why a licence is not taken.</returns>
    public async Task<IReadOnlyList<(ImportOutcome Outcome, string? Refusal)>> ImportAsync(IReadOnlyList<LicenceRecord> records)
    {
        var (outcomes, updated, seq) = await commits.RunAsync(async transaction =>
        {
            var chain = await StatusChainWriter.OpenAsync(transaction);
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

    /// <summary>Changes the status of one licence.</summary>
    /// <param name="licenceId">The licence.</param>
    /// <param name="status">The new status.</param>
    /// <param name="note">Why, in the authority's words.</param>
    /// <param name="mayTouch">Whether the caller may touch licences of an issuer code.</param>
    /// <param name="cancellation">Gives up what has not been begun.</param>
    /// <returns>Null when this region has no such licence.</returns>
    /// <exception cref="ForeignIssuerException">The caller may not touch it.</exception>
    /// <exception cref="EndedForGoodException">The licence has ended, and the change would revive or re-end it.</exception>
    public async Task<StatusChanged?> ChangeStatusAsync(string licenceId, NormalisedStatus status, string note, Func<string, bool> mayTouch, CancellationToken cancellation)
    {
        var answer = await commits.RunAsync(
            async transaction =>
            {
                var chain = await StatusChainWriter.OpenAsync(transaction);
                var stored = await LicenceStore.FindAsync(transaction.Connection!, licenceId, transaction);
                if (stored is null)
                {
                    return null;
                }

                if (!mayTouch(stored.Record.Issuer.Code))
                {
                    throw new ForeignIssuerException(stored.Record.Issuer.Code);
                }

                return await ChangeAsync(transaction, chain, stored, status, note);
            },
            cancellation);
        if (answer is not null)
        {
            await ownIndex.WaitForAsync(answer.Seq);
        }

        return answer;
    }

    /// <summary>Puts some of the licences in force whose first valid day has come.</summary>
    /// <returns>How many; 0 when none is left.</returns>
    public async Task<int> ActivateDueAsync()
    {
        var (count, seq) = await commits.RunAsync(async transaction =>
        {
            var chain = await StatusChainWriter.OpenAsync(transaction);
            var due = await LicenceStore.ListDueForActivationAsync(transaction, Today());
            foreach (var licence in due)
            {
                await ChangeAsync(transaction, chain, licence, NormalisedStatus.Valid, licence.StatusNote);
            }

            return (due.Count, chain.Seq);
        });
        await ownIndex.WaitForAsync(seq);
        return count;
    }

    private int Today() => ChinaDate.Today(clock.Now().UnixSeconds);

    private async Task<(ImportOutcome Outcome, string? Refusal)> TakeAsync(
        DbTransaction transaction, StatusChainWriter chain, LicenceRecord record, List<(int List, int Index)> updated)
    {
        var stored = await LicenceStore.FindAsync(transaction.Connection!, record.Id.ToString(), transaction);
        var (status, reason) = record.Status.InIndex(record.ValidFrom, Today());
        if (stored is null)
        {
            await LicenceStore.WriteAsync(transaction, await AllocateAsync(transaction, chain, record, status, reason, note: ""));
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
                await chain.AppendAsync(Now(), stored.List, stored.Index, LicenceStatus.Ended, stored.Tag, StatusReason.Replaced);
            }

            await LicenceStore.WriteAsync(transaction, await AllocateAsync(transaction, chain, record, status, reason, stored.StatusNote));
            return (ImportOutcome.Updated, null);
        }

        var seq = (stored.Status, stored.Reason) == (status, reason)
            ? stored.LastSeq
            : await chain.AppendAsync(Now(), stored.List, stored.Index, status, stored.Tag, reason);
        await LicenceStore.WriteAsync(transaction, stored with { Record = record, Status = status, Reason = reason, LastSeq = seq });
        return (ImportOutcome.Updated, null);
    }

    private async Task<StoredLicence> AllocateAsync(
        DbTransaction transaction, StatusChainWriter chain, LicenceRecord record, LicenceStatus status, StatusReason reason, string note)
    {
        var (list, index) = await EntryAllocator.TakeAsync(transaction, record.Id.ToString(), ownIndex.ListBound);
        var tag = EntryTag.Compute(node.Region, list, index, record.TypeNumber, record.Display.Encode());
        var seq = await chain.AppendAsync(Now(), list, index, status, tag, reason);
        return new StoredLicence
        {
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

    private async Task<StatusChanged> ChangeAsync(
        DbTransaction transaction, StatusChainWriter chain, StoredLicence stored, NormalisedStatus status, string note)
    {
        var (inIndex, reason) = status.InIndex(stored.Record.ValidFrom, Today());
        var changed = (stored.Status, stored.Reason) != (inIndex, reason);
        if (changed && stored.Status == LicenceStatus.Ended)
        {
            throw new EndedForGoodException(stored.Record.Status);
        }

        var seq = stored.LastSeq;
        if (changed)
        {
            seq = await chain.AppendAsync(Now(), stored.List, stored.Index, inIndex, stored.Tag, reason);
            await chain.CloseAsync();
        }

        await LicenceStore.WriteAsync(transaction, stored with
        {
            Record = stored.Record with { Status = status },
            StatusNote = note,
            Status = inIndex,
            Reason = reason,
            LastSeq = seq,
        });
        return new StatusChanged(seq, changed ? chain.Time : Now(), changed);
    }

    private long Now() => clock.Now().UnixMilliseconds;

    private static bool IsSame(LicenceRecord a, LicenceRecord b) =>
        a with { Fields = b.Fields, Guardians = b.Guardians, Agents = b.Agents, Id = b.Id } == b
        && a.Fields.SequenceEqual(b.Fields)
        && new HashSet<Party>(a.Guardians).SetEquals(b.Guardians)
        && new HashSet<Party>(a.Agents).SetEquals(b.Agents);
}

/// <summary>The caller may not touch licences of this issuer.</summary>
internal sealed class ForeignIssuerException(string issuerCode) : Exception("The licence's issuer is not the caller, nor granted to it.")
{
    public string IssuerCode { get; } = issuerCode;
}

/// <summary>The licence has ended for good.</summary>
internal sealed class EndedForGoodException(NormalisedStatus status) : Exception("The licence has ended for good.")
{
    public NormalisedStatus Status { get; } = status;
}
