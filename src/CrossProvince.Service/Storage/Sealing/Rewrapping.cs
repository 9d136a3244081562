using System.Data.Common;
using System.Diagnostics;
using System.Text;
using CrossProvince.Service.Licences;
using CrossProvince.Service.StatusIndex;
using Dapper;

namespace CrossProvince.Service.Storage.Sealing;

/// <summary>Seals anew whatever an earlier key sealed, while nodes read and write: some rows at a time, and never the same twice.</summary>
/// <remarks>
/// First the register says that nothing more is written by the other keys; since writers ask it after they have locked the end of the chain, and so does this, no row is
/// added behind its back. Every batch is read and written under that lock. An interrupted run is simply run again: what is done is only read.
/// </remarks>
internal sealed class Rewrapping(Database database, GroupCommit commits, KeyRing keys)
{
    /// <summary>Few enough that nobody who waits for the end of the chain waits long.</summary>
    private const int AtOnce = 250;

    private const int MostProblems = 20;

    private const string Some = """
        SELECT licence_row AS licence_row_number, licence_hash, holder_hash, status_note, sealed FROM licences
        WHERE licence_row > @after ORDER BY licence_row LIMIT @most
        """;

    private const string DeleteParties = "DELETE FROM licence_parties WHERE licence_row = @row";

    private static readonly CompositeFormat s_write = CompositeFormat.Parse("""
        UPDATE licences SET licence_hash = v.column2, holder_hash = v.column3, status_note = v.column4, sealed = v.column5
        FROM (VALUES {0}) AS v WHERE licence_row = v.column1
        """);

    private static readonly CompositeFormat s_insertParties = CompositeFormat.Parse("INSERT INTO licence_parties (licence_row, party_hash) VALUES {0}");

    private readonly List<string> _problems = [];
    private long _looked;
    private long _rewrapped;
    private long _unreadable;
    private bool _isLookUpReplaced;

    /// <summary>Does it.</summary>
    /// <param name="report">Told after each batch.</param>
    /// <param name="cancellation">Stops between two batches.</param>
    /// <exception cref="SealedDataException">A secret that nodes share cannot be opened.</exception>
    public async Task<RewrapReport> RunAsync(Action<RewrapReport> report, CancellationToken cancellation)
    {
        await commits.RunAsync(
            async transaction =>
            {
                await StatusChainWriter.OpenAsync(transaction);
                await KeyRegister.RequireInUseAsync(transaction, keys);
                await KeyRegister.MoveOthersAsync(transaction, keys, KeyState.InUse, KeyState.BeingReplaced);
            },
            cancellation);
        _isLookUpReplaced = (await ReadKeysAsync(cancellation)).Any(key => key is { Purpose: KeyPurpose.LookUp, State: KeyState.BeingReplaced });
        await new NodeSecrets(database, commits, keys).RewrapAsync();
        for (long? after = 0; after is { } from;)
        {
            cancellation.ThrowIfCancellationRequested();
            after = await NextAsync(from, cancellation);
            report(Report([]));
        }

        if (_unreadable == 0)
        {
            await commits.RunAsync(transaction => KeyRegister.MoveOthersAsync(transaction, keys, KeyState.BeingReplaced, KeyState.Unused), cancellation);
        }

        return Report(await ReadKeysAsync(cancellation));
    }

    /// <returns>The last row of the batch; null when there was none.</returns>
    private async Task<long?> NextAsync(long after, CancellationToken cancellation)
    {
        List<LicenceRow> rows;
        await using (var connection = await database.OpenAsync(cancellation))
        {
            rows = await ReadAsync(connection, null, after);
        }

        if (rows.Count == 0)
        {
            return null;
        }

        if (rows.Exists(row => TryRewrap(row, out var problem) is not null || problem is not null))
        {
            var start = Stopwatch.GetTimestamp();
            var (read, written, problems) = await commits.RunAsync(transaction => RewrapAsync(transaction, after), cancellation);
            rows = read;
            _rewrapped += written;
            _unreadable += problems.Count;
            _problems.AddRange(problems.Take(MostProblems - _problems.Count));

            // As long as it held the end of the chain, others may have it.
            await Task.Delay(Stopwatch.GetElapsedTime(start), cancellation);
        }

        _looked += rows.Count;
        return rows[^1].LicenceRowNumber;
    }

    private async Task<(List<LicenceRow> Rows, int Written, List<string> Problems)> RewrapAsync(DbTransaction transaction, long after)
    {
        await StatusChainWriter.OpenAsync(transaction);
        var rows = await ReadAsync(transaction.Connection!, transaction, after);
        var (written, parties, problems) = (new List<object[]>(), new List<object[]>(), new List<string>());
        foreach (var row in rows)
        {
            if (TryRewrap(row, out var problem) is { } anew)
            {
                written.Add([row.LicenceRowNumber, anew.LicenceHash, anew.HolderHash, anew.StatusNote, anew.Sealed]);
                if (_isLookUpReplaced)
                {
                    await transaction.Connection!.ExecuteAsync(DeleteParties, new { row = row.LicenceRowNumber }, transaction);
                    var personal = anew.OpenPersonal(keys);
                    parties.AddRange(LicenceRow.PartyHashesOf(personal.Guardians, personal.Agents, keys).Select(hash => new object[] { row.LicenceRowNumber, hash }));
                }
            }
            else if (problem is not null)
            {
                problems.Add(problem);
            }
        }

        await ManyRows.ExecuteAsync(transaction, s_write, written);
        await ManyRows.ExecuteAsync(transaction, s_insertParties, parties);
        return (rows, written.Count, problems);
    }

    /// <returns>The row by the current keys; null when it needs nothing, or when there is a problem.</returns>
    private LicenceRow? TryRewrap(LicenceRow row, out string? problem)
    {
        problem = null;
        if (IsCurrent(row.Sealed) && (row.StatusNote.Length == 0 || IsCurrent(row.StatusNote)) && !_isLookUpReplaced)
        {
            return null;
        }

        try
        {
            var (place, notePlace) = (SealedPlace.Licence(row.LicenceRowNumber), SealedPlace.StatusNote(row.LicenceRowNumber));
            var (plain, note) = (keys.Open(place, row.Sealed), keys.OpenText(notePlace, row.StatusNote));
            var personal = PersonalFields.Decode(plain);
            var (licence, holder) = (keys.HashOf(personal.LicenceId), keys.HashOf(personal.Holder.Person));
            return IsCurrent(row.Sealed) && (note.Length == 0 || IsCurrent(row.StatusNote)) && licence.AsSpan().SequenceEqual(row.LicenceHash) && holder.AsSpan().SequenceEqual(row.HolderHash)
                ? null
                : new LicenceRow
                {
                    LicenceRowNumber = row.LicenceRowNumber,
                    LicenceHash = licence,
                    HolderHash = holder,
                    StatusNote = keys.SealText(notePlace, note),
                    Sealed = keys.Seal(place, plain),
                };
        }
        catch (SealedDataException e)
        {
            problem = e.Message;
            return null;
        }
    }

    private bool IsCurrent(byte[] value) => SealedBytes.FindKeyId(value) == keys.Current.Id;

    private async Task<IReadOnlyList<RegisteredKey>> ReadKeysAsync(CancellationToken cancellation)
    {
        await using var connection = await database.OpenAsync(cancellation);
        return KeyRegister.Read(connection);
    }

    private static async Task<List<LicenceRow>> ReadAsync(DbConnection connection, DbTransaction? transaction, long after) =>
        (await connection.QueryAsync<LicenceRow>(Some, new { after, most = AtOnce }, transaction)).AsList();

    private RewrapReport Report(IReadOnlyList<RegisteredKey> register) => new(
        _looked, _rewrapped, _unreadable, [.. _problems],
        [.. register.Where(key => key.State == KeyState.Unused).Select(key => KeyRegister.Name(key.Purpose, key.Id))],
        [.. register.Where(key => key.State == KeyState.BeingReplaced).Select(key => KeyRegister.Name(key.Purpose, key.Id))]);
}
