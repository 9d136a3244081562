using Org.BouncyCastle.Crypto.Digests;

namespace CrossProvince.Core.Signatures;

/// <summary>The hash SM3 (GB/T 32905).</summary>
public static class Sm3
{
    /// <summary>Length of a hash, in bytes.</summary>
    public const int HashSize = 32;

    /// <summary>Hashes bytes.</summary>
    /// <param name="data">Any length.</param>
    /// <param name="hash">Receives the hash; at least 32 bytes.</param>
    public static void Hash(ReadOnlySpan<byte> data, Span<byte> hash)
    {
        var digest = new SM3Digest();
        digest.BlockUpdate(data);
        digest.DoFinal(hash);
    }

    /// <summary>Hashes bytes.</summary>
    /// <param name="data">Any length.</param>
    /// <returns>32 bytes.</returns>
    public static byte[] Hash(ReadOnlySpan<byte> data)
    {
        var hash = new byte[HashSize];
        Hash(data, hash);
        return hash;
    }
}
