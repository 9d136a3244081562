using System.Runtime.InteropServices;
using CrossProvince.Core.Status;

namespace CrossProvince.Tests;

/// <summary>What a failing memory does to an index.</summary>
internal static class Damage
{
    /// <summary>Flips one bit of an entry, or of what is kept of its chunk's hash.</summary>
    /// <param name="index">The index.</param>
    /// <param name="list">List of the entry.</param>
    /// <param name="at">The entry.</param>
    /// <param name="what">tag, status, reason or state.</param>
    internal static void Flip(RegionIndex index, int list, int at, string what)
    {
        var chunk = index.FindList(list)!.FindChunk(at)!.Value.Chunk;
        var place = at % StatusList.ChunkSize;
        switch (what)
        {
            case "tag":
                chunk.Tags.Values[place] ^= 1UL << 40;
                break;
            case "status":
                MemoryMarshal.CreateSpan(ref MemoryMarshal.GetReference(chunk.StatusBits), chunk.StatusBits.Length)[place / 4] ^= (byte)(1 << (place % 4 * 2));
                break;
            case "reason":
                chunk.Reasons[Array.FindIndex(chunk.Reasons, reason => reason >> 8 == place)] ^= 1 << 2;
                break;
            default:
                chunk.Tags.States![5] ^= 1;
                break;
        }
    }
}
