using System.Buffers.Binary;
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

    /// <summary>Most bytes of a record: array, two long numbers, two of at most four bytes, status, tag, reason.</summary>
    private const int MaxRecordBytes = 1 + 9 + 9 + 5 + 5 + 1 + 1 + EntryTag.Size + 2;

    /// <summary>Deterministic CBOR <c>[seq, time, list, index, status, tag, reason_code]</c>.</summary>
    public byte[] Encode()
    {
        Span<byte> record = stackalloc byte[MaxRecordBytes];
        return record[..Write(record)].ToArray();
    }

    /// <summary><c>h_n = SM3(h_(n−1) ‖ CBOR(record))</c>.</summary>
    /// <param name="previous">Hash of the chain before this record, 32 bytes.</param>
    public byte[] NextHash(ReadOnlySpan<byte> previous)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(previous.Length, Sm3.HashSize, nameof(previous));
        Span<byte> record = stackalloc byte[MaxRecordBytes];
        var hash = new byte[Sm3.HashSize];
        Sm3.Hash(previous, record[..Write(record)], hash);
        return hash;
    }

    // Written by hand because imports and followers hash tens of thousands of them a second: RFC 8949 §4.2, shortest integers.
    private int Write(Span<byte> record)
    {
        record[0] = 0x87;
        var length = 1;
        length += EntryTag.WriteUnsigned(record[length..], (ulong)Seq);
        length += EntryTag.WriteUnsigned(record[length..], (ulong)TimeMs);
        length += EntryTag.WriteUnsigned(record[length..], (uint)List);
        length += EntryTag.WriteUnsigned(record[length..], (uint)Index);
        length += EntryTag.WriteUnsigned(record[length..], (uint)Status);
        record[length++] = 0x40 | EntryTag.Size;
        BinaryPrimitives.WriteUInt64BigEndian(record[length..], Tag.Value);
        length += EntryTag.Size;
        return length + EntryTag.WriteUnsigned(record[length..], (uint)Reason);
    }
}
