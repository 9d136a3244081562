namespace CrossProvince.Service.Recording;

/// <summary>A set of 64-bit keys that remembers each for twelve minutes at least. It never denies one that it was given; now and then, once in some hundreds, it claims one that it was not.</summary>
/// <remarks>
/// Bloom filters of blocks (F. Putze, P. Sanders, J. Singler: Cache-, Hash- and Space-Efficient Bloom Filters, 2007): six bits of one cache line for a key, 16 bits of memory each. A generation takes four
/// minutes and grows by layers, each twice as large as the one before; the oldest generation is forgotten as a whole. Safe for concurrent calls.
/// </remarks>
/// <param name="time">A clock that nobody sets: minutes are measured by its timestamps.</param>
internal sealed class RequestFilter(TimeProvider time)
{
    /// <summary>How long a key is remembered at least.</summary>
    public static readonly TimeSpan Kept = TimeSpan.FromMinutes(12);

    private const int Generations = 4;
    private const int SmallestLayer = 32 * 1024;

    private static readonly TimeSpan s_generation = Kept / (Generations - 1);

    private readonly Lock _lock = new();
    private readonly LinkedList<List<Layer>> _generations = new([[]]);
    private long _begun = time.GetTimestamp();

    /// <summary>Adds a key.</summary>
    public void Add(ulong key)
    {
        lock (_lock)
        {
            Turn();
            var layers = _generations.First!.Value;
            if (layers.Count == 0 || layers[^1].IsFull)
            {
                layers.Add(new Layer(SmallestLayer << Math.Min(layers.Count, 9)));
            }

            layers[^1].Add(key);
        }
    }

    /// <summary>Whether a key may have been added. False is certain.</summary>
    public bool MayContain(ulong key)
    {
        lock (_lock)
        {
            Turn();
            foreach (var layers in _generations)
            {
                foreach (var layer in layers)
                {
                    if (layer.MayContain(key))
                    {
                        return true;
                    }
                }
            }
        }

        return false;
    }

    /// <summary>Begins another generation when it is time, and forgets the oldest.</summary>
    private void Turn()
    {
        for (; time.GetElapsedTime(_begun) >= s_generation; _begun += (long)(s_generation.TotalSeconds * time.TimestampFrequency))
        {
            if (_generations.Count == Generations)
            {
                _generations.RemoveLast();
            }

            _generations.AddFirst([]);
        }
    }

    /// <summary>One filter of a fixed size.</summary>
    /// <param name="keys">How many it is good for.</param>
    private sealed class Layer(int keys)
    {
        private const int BitsOfKey = 16;
        private const int BitsOfBlock = 512;
        private const int Words = BitsOfBlock / 64;
        private const int Probes = 6;
        private const int BitsOfProbe = 9;

        private readonly ulong[] _bits = new ulong[keys * BitsOfKey / 64];
        private int _count;

        public bool IsFull => _count == keys;

        public void Add(ulong key)
        {
            var block = Block(key);
            var places = Places(key);
            for (var i = 0; i < Probes; i++, places >>= BitsOfProbe)
            {
                block[(int)((places >> 6) & (Words - 1))] |= 1UL << (int)(places & 63);
            }

            _count++;
        }

        public bool MayContain(ulong key)
        {
            var block = Block(key);
            var places = Places(key);
            for (var i = 0; i < Probes; i++, places >>= BitsOfProbe)
            {
                if ((block[(int)((places >> 6) & (Words - 1))] & (1UL << (int)(places & 63))) == 0)
                {
                    return false;
                }
            }

            return true;
        }

        /// <summary>By the upper half of the key.</summary>
        private Span<ulong> Block(ulong key) => _bits.AsSpan((int)(((key >> 32) * (ulong)(_bits.Length / Words)) >> 32) * Words, Words);

        /// <summary>Six places of nine bits, by the lower half.</summary>
        private static ulong Places(ulong key) => ((uint)key * 0x9E37_79B9_7F4A_7C15UL) >> (64 - (Probes * BitsOfProbe));
    }
}
