using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Signatures;
using CrossProvince.Core.Signatures.Hashing;

namespace CrossProvince.Core.Status;

/// <summary>Computes the tags of a batch of licences, hashed side by side; used over and over, it allocates nothing.</summary>
/// <param name="capacity">Most tags of a batch, at most <see cref="MaxCapacity"/>.</param>
/// <remarks>For one thread at a time.</remarks>
public sealed class EntryTagBatch(int capacity)
{
    /// <summary>Most tags that are computed together.</summary>
    public const int MaxCapacity = Sm3Batch.Capacity;

    private static readonly int s_place = Sm3.PaddedSize(EntryTag.MaxMessageBytes);

    private readonly byte[] _messages = new byte[capacity * s_place];
    private readonly int[] _lengths = new int[capacity];
    private readonly byte[] _hashes = new byte[capacity * Sm3.HashSize];
    private int _count;

    /// <summary>The tag that was added n-th, once <see cref="Compute"/> was called.</summary>
    public EntryTag this[int n] => EntryTag.FromHash(_hashes.AsSpan(n * Sm3.HashSize, Sm3.HashSize));

    /// <summary>Begins a batch.</summary>
    public void Begin() => _count = 0;

    /// <summary>Adds a licence; the arguments are those of <see cref="EntryTag.Compute"/>.</summary>
    public void Add(RegionCode region, int list, int index, int type, ReadOnlySpan<byte> displayCbor)
    {
        _lengths[_count] = EntryTag.WriteMessage(region, list, index, type, displayCbor, _messages.AsSpan(_count * s_place, s_place));
        _count++;
    }

    /// <summary>Computes all tags.</summary>
    public void Compute() => Sm3Batch.Hash(_messages, s_place, _lengths.AsSpan(0, _count), _hashes);
}
