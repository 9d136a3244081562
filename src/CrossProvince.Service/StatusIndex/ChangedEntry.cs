using System.Buffers.Binary;
using System.Runtime.InteropServices;
using CrossProvince.Core.Status;

namespace CrossProvince.Service.StatusIndex;

/// <summary>One entry that differs between two states of a list.</summary>
/// <param name="List">Number of the list.</param>
/// <param name="Index">Place in it.</param>
/// <param name="Status">Its status now.</param>
/// <param name="Reason">Its reason code now, 0 for none.</param>
/// <param name="Tag">Its tag now.</param>
internal readonly record struct ChangedEntry(int List, int Index, LicenceStatus Status, byte Reason, EntryTag Tag)
{
    /// <summary>Length as it stands in the stream of changes.</summary>
    public const int Bytes = 16;

    /// <summary>Finds the entries of a chunk that differ.</summary>
    public static void Find(int list, int chunk, in StatusChunkParts before, in StatusChunkParts now, List<ChangedEntry> found)
    {
        var oldTags = MemoryMarshal.Cast<byte, ulong>(before.Tags.Span);
        var newTags = MemoryMarshal.Cast<byte, ulong>(now.Tags.Span);
        var oldStatus = before.Status.Span;
        var newStatus = now.Status.Span;
        var (oldReasons, newReasons) = (ReadReasons(before.Reasons.Span), ReadReasons(now.Reasons.Span));
        for (var i = 0; i < newTags.Length; i++)
        {
            var shift = (i & 3) * 2;
            var status = (newStatus[i >> 2] >> shift) & 3;
            var reason = newReasons.GetValueOrDefault(i);
            if (oldTags[i] != newTags[i] || ((oldStatus[i >> 2] >> shift) & 3) != status || oldReasons.GetValueOrDefault(i) != reason)
            {
                var tag = new EntryTag(BinaryPrimitives.ReadUInt64BigEndian(now.Tags.Span[(i * EntryTag.Size)..]));
                found.Add(new ChangedEntry(list, (chunk * StatusList.ChunkSize) + i, (LicenceStatus)status, reason, tag));
            }
        }
    }

    /// <summary>Writes entries: list (2), index (4), status (1), reason (1), tag (8), each.</summary>
    public static byte[] Encode(IReadOnlyList<ChangedEntry> entries)
    {
        var bytes = new byte[entries.Count * Bytes];
        for (var i = 0; i < entries.Count; i++)
        {
            var at = bytes.AsSpan(i * Bytes, Bytes);
            var entry = entries[i];
            BinaryPrimitives.WriteUInt16BigEndian(at, (ushort)entry.List);
            BinaryPrimitives.WriteInt32BigEndian(at[2..], entry.Index);
            (at[6], at[7]) = ((byte)entry.Status, entry.Reason);
            BinaryPrimitives.WriteUInt64BigEndian(at[8..], entry.Tag.Value);
        }

        return bytes;
    }

    private static Dictionary<int, byte> ReadReasons(ReadOnlySpan<byte> reasons)
    {
        var read = new Dictionary<int, byte>(reasons.Length / StatusChunkParts.ReasonBytes);
        for (var at = 0; at < reasons.Length; at += StatusChunkParts.ReasonBytes)
        {
            read[BinaryPrimitives.ReadUInt16BigEndian(reasons[at..])] = reasons[at + 2];
        }

        return read;
    }
}
