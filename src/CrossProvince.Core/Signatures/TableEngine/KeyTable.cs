namespace CrossProvince.Core.Signatures.TableEngine;

/// <summary>What is computed once for a public key of SM2.</summary>
internal sealed class KeyTable
{
    /// <summary>Window of a table while there is room: 256 KB, 32 additions.</summary>
    public const int WideWindow = 8;

    /// <summary>Window of a table when there are many keys: 32 KB, 64 additions.</summary>
    public const int NarrowWindow = 4;

    private readonly byte[] _identityHash;
    private long _lastUsed;

    /// <summary>Computes the table: about 1 ms for a wide one, 0.2 ms for a narrow one.</summary>
    public KeyTable(PublicKey key, int window)
    {
        _identityHash = Sm2Curve.IdentityHash(key);
        Multiples = new PointTable(Sm2Curve.PointOf(key), window);
    }

    /// <summary>ZA, 32 bytes.</summary>
    public ReadOnlySpan<byte> IdentityHash => _identityHash;

    /// <summary>Multiples of the key's point.</summary>
    public PointTable Multiples { get; }

    /// <summary>The round of <see cref="KeyTables"/> that last asked for this.</summary>
    public long LastUsed
    {
        get => Volatile.Read(ref _lastUsed);
        set => Volatile.Write(ref _lastUsed, value);
    }
}
