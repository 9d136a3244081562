using System.Buffers.Binary;
using System.Formats.Cbor;
using CrossProvince.Core.Signatures;

namespace CrossProvince.Core.Status;

/// <summary>One record of a region's gapless, hash-chained sequence of changes (docs/signed-documents.md).</summary>
/// <param name="Seq">Number in the sequence, from 1.</param>
/// <param name="TimeMs">Unix milliseconds.</param>
/// <param name="List">List number, 0 to 65535.</param>
/// <param name="Index">Index in the list, below 2^20.</param>
/// <param name="Status">Status from now on.</param>
/// <param name="Tag">Tag of the entry; the same for as long as the entry exists.</param>
/// <param name="Reason">Why it isn't in force.</param>
public sealed record StatusChange(long Seq, long TimeMs, int List, int Index, LicenceStatus Status, EntryTag Tag, StatusReason Reason)
{
    /// <summary><c>h_0</c>: 32 zero bytes.</summary>
    public static ReadOnlyMemory<byte> GenesisHash { get; } = new byte[Sm3.HashSize];

    /// <summary>What the entry says after this change.</summary>
    public IndexEntry Entry => new(Status, Tag, Reason);

    /// <summary>Deterministic CBOR <c>[seq, time, list, index, status, tag, reason_code]</c>.</summary>
    public byte[] Encode()
    {
        Span<byte> tag = stackalloc byte[EntryTag.Size];
        BinaryPrimitives.WriteUInt64BigEndian(tag, Tag.Value);
        var writer = new CborWriter(CborConformanceMode.Canonical);
        writer.WriteStartArray(7);
        writer.WriteInt64(Seq);
        writer.WriteInt64(TimeMs);
        writer.WriteInt32(List);
        writer.WriteInt32(Index);
        writer.WriteInt32((int)Status);
        writer.WriteByteString(tag);
        writer.WriteInt32((int)Reason);
        writer.WriteEndArray();
        return writer.Encode();
    }

    /// <summary><c>h_n = SM3(h_(n−1) ‖ CBOR(record))</c>.</summary>
    /// <param name="previous">Hash of the chain before this record, 32 bytes.</param>
    public byte[] NextHash(ReadOnlySpan<byte> previous)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(previous.Length, Sm3.HashSize, nameof(previous));
        return Sm3.Hash([.. previous, .. Encode()]);
    }
}
