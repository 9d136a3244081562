using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace CrossProvince.Core.Signatures.Hashing;

/// <summary>Words of eight messages, AVX2.</summary>
internal struct EightWords : IWords<EightWords>
{
    // Results are made by initialisers: a constructor would be one more call to inline in each operation, and the compiler's budget is finite.
    private Vector256<uint> _value;

    public static bool IsSupported => Avx2.IsSupported;

    public static int Lanes => 8;

    public static EightWords Of(uint word) => new() { _value = Vector256.Create(word) };

    public static EightWords operator +(EightWords x, EightWords y) => new() { _value = x._value + y._value };

    public static EightWords operator ^(EightWords x, EightWords y) => new() { _value = x._value ^ y._value };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static EightWords RotateLeft(EightWords x, [ConstantExpected] byte bits) =>
        new() { _value = (x._value << bits) | (x._value >>> (32 - bits)) };

    public static EightWords Xor(EightWords x, EightWords y, EightWords z) => new() { _value = x._value ^ y._value ^ z._value };

    public static EightWords Majority(EightWords x, EightWords y, EightWords z) => new() { _value = (x._value & y._value) | ((x._value | y._value) & z._value) };

    public static EightWords Choose(EightWords x, EightWords y, EightWords z) => new() { _value = ((y._value ^ z._value) & x._value) ^ z._value };

    public static void Load(ReadOnlySpan<byte> bytes, Span<EightWords> words)
    {
        for (var i = 0; i < words.Length; i++)
        {
            words[i] = Swap(MemoryMarshal.Read<EightWords>(bytes[(i * sizeof(uint) * Lanes)..]));
        }
    }

    public static void Store(ReadOnlySpan<EightWords> words, Span<byte> bytes)
    {
        for (var i = 0; i < words.Length; i++)
        {
            MemoryMarshal.Write(bytes[(i * sizeof(uint) * Lanes)..], Swap(words[i]));
        }
    }

    /// <summary>Turns the bytes of each word round.</summary>
    private static EightWords Swap(EightWords x) => new()
    {
        _value = Avx2.Shuffle(x._value.AsByte(), Vector256.Create(Vector128.Create(0x0405060700010203, 0x0C0D0E0F08090A0B)).AsByte()).AsUInt32(),
    };
}
