using System.Runtime.CompilerServices;

namespace CrossProvince.Core.Signatures.Hashing;

/// <summary>The compression function of SM3, on one message or on several side by side.</summary>
/// <remarks>GB/T 32905-2016 §5.3; names of variables are the standard's. Sums are modulo 2^32 and nothing depends on the data, so that lanes can't disturb one another.</remarks>
internal static class Sm3Compression
{
    /// <summary>Length of a block, in bytes.</summary>
    public const int BlockSize = 64;

    /// <summary>Words of the state.</summary>
    public const int StateWords = 8;

    private const int BlockWords = 16;
    private const int ExpandedWords = 68;

    // §4.1
    private static ReadOnlySpan<uint> InitialValue =>
        [0x7380166F, 0x4914B2B9, 0x172442D7, 0xDA8A0600, 0xA96F30BC, 0x163138AA, 0xE38DEE4D, 0xB0FB0E4E];

    // §4.2: 79CC4519 in rounds 0 to 15, 7A879D8A after, rotated left by the number of the round.
    private static ReadOnlySpan<uint> RoundConstants =>
    [
        0x79CC4519, 0xF3988A32, 0xE7311465, 0xCE6228CB, 0x9CC45197, 0x3988A32F, 0x7311465E, 0xE6228CBC,
        0xCC451979, 0x988A32F3, 0x311465E7, 0x6228CBCE, 0xC451979C, 0x88A32F39, 0x11465E73, 0x228CBCE6,
        0x9D8A7A87, 0x3B14F50F, 0x7629EA1E, 0xEC53D43C, 0xD8A7A879, 0xB14F50F3, 0x629EA1E7, 0xC53D43CE,
        0x8A7A879D, 0x14F50F3B, 0x29EA1E76, 0x53D43CEC, 0xA7A879D8, 0x4F50F3B1, 0x9EA1E762, 0x3D43CEC5,
        0x7A879D8A, 0xF50F3B14, 0xEA1E7629, 0xD43CEC53, 0xA879D8A7, 0x50F3B14F, 0xA1E7629E, 0x43CEC53D,
        0x879D8A7A, 0x0F3B14F5, 0x1E7629EA, 0x3CEC53D4, 0x79D8A7A8, 0xF3B14F50, 0xE7629EA1, 0xCEC53D43,
        0x9D8A7A87, 0x3B14F50F, 0x7629EA1E, 0xEC53D43C, 0xD8A7A879, 0xB14F50F3, 0x629EA1E7, 0xC53D43CE,
        0x8A7A879D, 0x14F50F3B, 0x29EA1E76, 0x53D43CEC, 0xA7A879D8, 0x4F50F3B1, 0x9EA1E762, 0x3D43CEC5,
    ];

    /// <summary>Sets the state that every hash begins with.</summary>
    /// <param name="state">8 words.</param>
    public static void Begin<T>(Span<T> state)
        where T : unmanaged, IWords<T>
    {
        for (var i = 0; i < StateWords; i++)
        {
            state[i] = T.Of(InitialValue[i]);
        }
    }

    /// <summary>Takes one block of each lane into the state.</summary>
    /// <param name="state">8 words.</param>
    /// <param name="block">64 bytes a lane, as <see cref="IWords{T}.Load"/> reads them; of one message simply its block.</param>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Compress<T>(Span<T> state, ReadOnlySpan<byte> block)
        where T : unmanaged, IWords<T>
    {
        Span<T> w = stackalloc T[ExpandedWords];
        T.Load(block, w[..BlockWords]);
        for (var j = BlockWords; j < ExpandedWords; j++)
        {
            w[j] = Permute1(T.Xor(w[j - 16], w[j - 9], T.RotateLeft(w[j - 3], 15))) ^ T.RotateLeft(w[j - 13], 7) ^ w[j - 6];
        }

        T a = state[0], b = state[1], c = state[2], d = state[3], e = state[4], f = state[5], g = state[6], h = state[7];

        for (var j = 0; j < 16; j++)
        {
            Round(ref a, ref b, ref c, ref d, ref e, ref f, ref g, ref h, T.Xor(a, b, c), T.Xor(e, f, g), T.Of(RoundConstants[j]), w[j], w[j + 4]);
        }

        for (var j = 16; j < 64; j++)
        {
            Round(ref a, ref b, ref c, ref d, ref e, ref f, ref g, ref h, T.Majority(a, b, c), T.Choose(e, f, g), T.Of(RoundConstants[j]), w[j], w[j + 4]);
        }

        state[0] ^= a;
        state[1] ^= b;
        state[2] ^= c;
        state[3] ^= d;
        state[4] ^= e;
        state[5] ^= f;
        state[6] ^= g;
        state[7] ^= h;
    }

    /// <summary>One round, given FF, GG, its constant and two of the expanded words.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Round<T>(ref T a, ref T b, ref T c, ref T d, ref T e, ref T f, ref T g, ref T h, T ff, T gg, T constant, T word, T wordAfterFour)
        where T : unmanaged, IWords<T>
    {
        var a12 = T.RotateLeft(a, 12);
        var ss1 = T.RotateLeft(a12 + e + constant, 7);
        var tt1 = ff + d + (ss1 ^ a12) + (word ^ wordAfterFour);
        var tt2 = gg + h + ss1 + word;
        d = c;
        c = T.RotateLeft(b, 9);
        b = a;
        a = tt1;
        h = g;
        g = T.RotateLeft(f, 19);
        f = e;
        e = Permute0(tt2);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T Permute0<T>(T x)
        where T : unmanaged, IWords<T> => T.Xor(x, T.RotateLeft(x, 9), T.RotateLeft(x, 17));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T Permute1<T>(T x)
        where T : unmanaged, IWords<T> => T.Xor(x, T.RotateLeft(x, 15), T.RotateLeft(x, 23));
}
