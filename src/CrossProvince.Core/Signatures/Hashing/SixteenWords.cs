using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace CrossProvince.Core.Signatures.Hashing;

/// <summary>Words of sixteen messages, AVX-512.</summary>
internal struct SixteenWords : IWords<SixteenWords>
{
    // Results are made by initialisers: a constructor would be one more call to inline in each operation, and the compiler's budget is finite.
    private Vector512<uint> _value;

    public static bool IsSupported => Avx512BW.IsSupported;

    public static int Lanes => 16;

    public static SixteenWords Of(uint word) => new() { _value = Vector512.Create(word) };

    public static SixteenWords operator +(SixteenWords x, SixteenWords y) => new() { _value = x._value + y._value };

    public static SixteenWords operator ^(SixteenWords x, SixteenWords y) => new() { _value = x._value ^ y._value };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SixteenWords RotateLeft(SixteenWords x, [ConstantExpected] byte bits) =>
        new() { _value = Avx512F.RotateLeft(x._value, bits) };

    public static SixteenWords Xor(SixteenWords x, SixteenWords y, SixteenWords z) => new() { _value = x._value ^ y._value ^ z._value };

    public static SixteenWords Majority(SixteenWords x, SixteenWords y, SixteenWords z) => new() { _value = (x._value & y._value) | ((x._value | y._value) & z._value) };

    public static SixteenWords Choose(SixteenWords x, SixteenWords y, SixteenWords z) => new() { _value = ((y._value ^ z._value) & x._value) ^ z._value };

    public static void Load(ReadOnlySpan<byte> bytes, Span<SixteenWords> words)
    {
        for (var i = 0; i < words.Length; i++)
        {
            words[i] = Swap(MemoryMarshal.Read<SixteenWords>(bytes[(i * sizeof(uint) * Lanes)..]));
        }
    }

    public static void Store(ReadOnlySpan<SixteenWords> words, Span<byte> bytes)
    {
        for (var i = 0; i < words.Length; i++)
        {
            MemoryMarshal.Write(bytes[(i * sizeof(uint) * Lanes)..], Swap(words[i]));
        }
    }

    /// <summary>Turns the bytes of each word round.</summary>
    private static SixteenWords Swap(SixteenWords x) => new()
    {
        _value = Avx512BW.Shuffle(x._value.AsByte(), Vector512.Create(Vector128.Create(0x0405060700010203, 0x0C0D0E0F08090A0B)).AsByte()).AsUInt32(),
    };
}
