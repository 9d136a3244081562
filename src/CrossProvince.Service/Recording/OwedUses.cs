using System.Data.Common;
using CrossProvince.Core.Identifiers;
using CrossProvince.Service.Federation.Reporting;
using CrossProvince.Service.Storage;

namespace CrossProvince.Service.Recording;

/// <summary>
/// Notes which of the records each other region is to be told of, in the transaction that writes the records: so none is forgotten, however late it comes out of which spool (docs/adr/0060).
/// What one region is owed of them is one row, or few (docs/adr/0067).
/// </summary>
/// <param name="own">The region of the node.</param>
internal sealed class OwedUses(RegionCode own)
{
    private static readonly Table<(int Region, UseBlock Uses)> s_rows = new Table<(int Region, UseBlock Uses)>("owed_uses", "verification_id")
        .Text("verification_id", row => row.Uses.VerificationId)
        .Integer("issuing_region", row => row.Region)
        .BigInteger("time", row => row.Uses.Time)
        .BigInteger("until", row => row.Uses.Until)
        .Integer("count", row => row.Uses.Count)
        .Bytes("uses", row => row.Uses.ToArray());

    private readonly List<(int Region, UseBlock Uses)> _blocks = [];
    private readonly Dictionary<int, UseBlock> _open = [];

    /// <summary>Those of a batch.</summary>
    public static OwedUses Of(RecordBatch records, RegionCode own)
    {
        var uses = new OwedUses(own);
        for (var i = 0; i < records.Count; i++)
        {
            uses.Add(records.Row(i));
        }

        return uses;
    }

    /// <summary>Takes one record, if it is of this region's scan of another region's code. What other regions' nodes asked here, they report themselves.</summary>
    public void Add(ReadOnlySpan<byte> row)
    {
        var use = RecordFormat.ReadUse(row, out var verifier, out var issuing);
        if (verifier == own.Value && issuing != own.Value && issuing != 0)
        {
            Add(issuing, use);
        }
    }

    /// <summary>Takes one use.</summary>
    public void Add(int issuingRegion, in RecordedUse use)
    {
        if (!_open.TryGetValue(issuingRegion, out var block) || block.Count == UseBlock.MostUses)
        {
            _open[issuingRegion] = block = new UseBlock();
            _blocks.Add((issuingRegion, block));
        }

        block.Add(use);
    }

    /// <summary>Writes what was noted.</summary>
    /// <param name="transaction">The transaction that writes the records.</param>
    public Task WriteAsync(DbTransaction transaction) => s_rows.InsertAsync(transaction, _blocks);
}
