using System.Data.Common;
using System.Text.Json;
using CrossProvince.Core.Identifiers;
using CrossProvince.Service.Storage;
using Dapper;

namespace CrossProvince.Service.Recording;

/// <summary>Notes which records other regions are to hear of, in the transaction that writes the records: so none is forgotten, however late it comes out of which spool (docs/adr/0060).</summary>
/// <param name="own">The region of the node.</param>
internal sealed class UnreportedUses(RegionCode own)
{
    private readonly List<object[]> _uses = [];

    /// <summary>Those of a batch.</summary>
    public static UnreportedUses Of(RecordBatch records, RegionCode own)
    {
        var uses = new UnreportedUses(own);
        for (var i = 0; i < records.Count; i++)
        {
            uses.Add(records.Row(i));
        }

        return uses;
    }

    /// <summary>Takes one record, if it is of this region's scan of another region's code. What other regions' nodes asked here, they report themselves.</summary>
    public void Add(ReadOnlySpan<byte> row)
    {
        var (id, time, verifier, issuing) = RecordFormat.ReadUse(row);
        if (verifier == own.Value && issuing != own.Value && issuing != 0)
        {
            _uses.Add([issuing, time, id]);
        }
    }

    /// <summary>Writes what was noted.</summary>
    /// <param name="database">The database.</param>
    /// <param name="transaction">The transaction that writes the records.</param>
    public Task WriteAsync(Database database, DbTransaction transaction) =>
        _uses.Count == 0 ? Task.CompletedTask : transaction.Connection!.ExecuteAsync(Insert(database), new { rows = JsonSerializer.Serialize(_uses) }, transaction);

    private static string Insert(Database database) => $"""
        INSERT INTO unreported_uses (issuing_region, time, verification_id)
        SELECT CAST(r.value ->> 0 AS INTEGER), CAST(r.value ->> 1 AS BIGINT), r.value ->> 2
        FROM {database.RowsOf("rows")} WHERE true
        ON CONFLICT (issuing_region, time, verification_id) DO NOTHING
        """;
}
