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

    private readonly byte[] _messages = new byte[capacity * EntryTag.MaxMessageBytes];
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
        _lengths[_count] = EntryTag.WriteMessage(region, list, index, type, displayCbor, _messages.AsSpan(_count * EntryTag.MaxMessageBytes, EntryTag.MaxMessageBytes));
        _count++;
    }

    /// <summary>Computes all tags.</summary>
    public void Compute() => Sm3Batch.Hash(new Messages(_messages, _lengths.AsSpan(0, _count)), _hashes);

    /// <summary>What is hashed for each tag.</summary>
    private readonly ref struct Messages(ReadOnlySpan<byte> messages, ReadOnlySpan<int> lengths) : IMessages
    {
        private readonly ReadOnlySpan<byte> _messages = messages;
        private readonly ReadOnlySpan<int> _lengths = lengths;

        public int Count => _lengths.Length;

        public int LengthOf(int i) => _lengths[i];

        public void CopyTo(int i, scoped Span<byte> message) => MessageAt(i).CopyTo(message);

        public void Hash(int i, scoped Span<byte> hash) => Sm3.Hash(MessageAt(i), hash);

        private ReadOnlySpan<byte> MessageAt(int i) => _messages.Slice(i * EntryTag.MaxMessageBytes, _lengths[i]);
    }
}
