namespace CrossProvince.Core.Signatures.TableEngine;

/// <summary>What is computed once for a public key.</summary>
internal abstract class KeyTable
{
    /// <summary>Window of a table when there are many keys: 32 KB, 64 additions.</summary>
    public const int NarrowWindow = 4;

    /// <summary>The windows that tables have, the widest first, which is taken while there is room: 832 KB, 26 additions; 256 KB, 32 additions; <see cref="NarrowWindow"/>.</summary>
    /// <remarks>With the generator's 20 additions all make even sums, as sums in lanes must be.</remarks>
    public static ReadOnlySpan<int> Windows => [10, 8, NarrowWindow];

    private long _lastUsed;

    /// <summary>Memory of the table, in bytes.</summary>
    public abstract int Size { get; }

    /// <summary>The round of <see cref="KeyTables"/> that last asked for this.</summary>
    public long LastUsed
    {
        get => Volatile.Read(ref _lastUsed);
        set => Volatile.Write(ref _lastUsed, value);
    }
}

/// <summary>What is computed once for a public key of one curve.</summary>
internal sealed class KeyTable<TCurve> : KeyTable
    where TCurve : struct, ICurve
{
    private readonly byte[] _identityHash;

    /// <summary>Computes the table: 0.2 ms for a narrow one, about 5 ms for the widest.</summary>
    /// <param name="key">A key of this curve.</param>
    /// <param name="window">One of <see cref="KeyTable.Windows"/>.</param>
    public KeyTable(PublicKey key, int window)
    {
        _identityHash = key.Algorithm == SignatureAlgorithm.Sm2 ? Sm2Curve.IdentityHash(key) : [];
        Multiples = new PointTable<TCurve>(AffinePoint<TCurve>.Of(key), window);
    }

    /// <summary>ZA of a key of SM2, 32 bytes; of another key nothing.</summary>
    public ReadOnlySpan<byte> IdentityHash => _identityHash;

    /// <summary>Multiples of the key's point.</summary>
    public PointTable<TCurve> Multiples { get; }

    /// <inheritdoc/>
    public override int Size => Multiples.Size;
}
