using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using CrossProvince.Core.Signatures.Hashing;

namespace CrossProvince.Core.Signatures.Signing;

/// <summary>The secret number k of one signature: fresh randomness, mixed with the private key and what is signed.</summary>
/// <remarks>
/// <para>k = HMAC(z, d ‖ e ‖ a ‖ 1) ‖ HMAC(z, d ‖ e ‖ a ‖ 2) mod n, with HMAC over SM3 (RFC 2104), z fresh random bytes, d the private key, e the hash that is signed, a the
/// attempt. This is a KDF in counter mode (NIST SP 800-108r1 §4.1, the counter after the fixed data) that gives 512 bits, so that reducing them favours no k (FIPS 186-5
/// A.3.1, extra random bits).</para>
/// <para>While z is unknown, k is unknown whatever d and e are. Should the source of z fail, even give the same bytes for ever, k is still a secret function of d and e, as in
/// RFC 6979 with additional data (§3.6): another message has another k, and nobody without d knows it.</para>
/// <para>Constant time: SM3 adds, rotates and combines words; lengths are fixed.</para>
/// </remarks>
internal static class HedgedNonce
{
    /// <summary>Length of z, in bytes: one block of SM3, which HMAC takes as key as it is.</summary>
    public const int RandomSize = Sm3Compression.BlockSize;

    private const byte InnerPad = 0x36;
    private const byte OuterPad = 0x5C;
    private const byte EndOfMessage = 0x80;

    /// <summary>Derives k.</summary>
    /// <param name="random">z, 64 bytes; destroyed.</param>
    /// <param name="d">The private key, 32 bytes.</param>
    /// <param name="hash">e, 32 bytes.</param>
    /// <param name="attempt">How many k of this signature were discarded.</param>
    /// <returns>From 0 to n − 1.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    [SkipLocalsInit]
    public static SecretScalar Derive(Span<byte> random, ReadOnlySpan<byte> d, ReadOnlySpan<byte> hash, byte attempt)
    {
        Span<byte> block = stackalloc byte[Sm3Compression.BlockSize];
        Span<OneWord> inner = stackalloc OneWord[Sm3Compression.StateWords];
        Span<OneWord> outer = stackalloc OneWord[Sm3Compression.StateWords];
        Span<OneWord> state = stackalloc OneWord[Sm3Compression.StateWords];
        Span<byte> wide = stackalloc byte[2 * Sm3.HashSize];

        Pad(random, InnerPad);
        Sm3Compression.Begin(inner);
        Sm3Compression.Compress(inner, random);
        d.CopyTo(block);
        hash.CopyTo(block[Sm3.HashSize..]);
        Sm3Compression.Compress(inner, block);

        Pad(random, InnerPad ^ OuterPad);
        Sm3Compression.Begin(outer);
        Sm3Compression.Compress(outer, random);

        for (byte i = 1; i <= 2; i++)
        {
            inner.CopyTo(state);
            block[0] = attempt;
            block[1] = i;
            Finish(state, block, 2, 2 * Sm3Compression.BlockSize);

            OneWord.Store(state, block);
            outer.CopyTo(state);
            Finish(state, block, Sm3.HashSize, Sm3Compression.BlockSize);
            OneWord.Store(state, wide[((i - 1) * Sm3.HashSize)..]);
        }

        return SecretScalar.FromWideBytes(wide);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Pad(Span<byte> key, byte pad)
    {
        foreach (ref var value in key)
        {
            value ^= pad;
        }
    }

    /// <summary>Takes the last block of a message.</summary>
    /// <param name="state">After the blocks before.</param>
    /// <param name="block">Its first bytes are the message's last.</param>
    /// <param name="used">How many those are.</param>
    /// <param name="before">Bytes in the blocks before.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Finish(Span<OneWord> state, Span<byte> block, int used, int before)
    {
        block[used..].Clear();
        block[used] = EndOfMessage;
        BinaryPrimitives.WriteInt32BigEndian(block[^sizeof(int)..], 8 * (before + used));
        Sm3Compression.Compress(state, block);
    }
}
