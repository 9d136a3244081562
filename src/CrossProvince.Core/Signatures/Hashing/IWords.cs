using System.Diagnostics.CodeAnalysis;

namespace CrossProvince.Core.Signatures.Hashing;

/// <summary>The words of 32 bits that SM3 computes with: one, or one of each of several messages side by side.</summary>
/// <typeparam name="T">The type itself, so that the compiler makes one machine code of <see cref="Sm3Compression"/> for each.</typeparam>
internal interface IWords<T>
    where T : unmanaged, IWords<T>
{
    /// <summary>How many messages are hashed together.</summary>
    static abstract int Lanes { get; }

    /// <summary>The same word in every lane.</summary>
    static abstract T Of(uint word);

    /// <summary>Sum modulo 2^32.</summary>
    static abstract T operator +(T x, T y);

    /// <summary>Bitwise difference.</summary>
    static abstract T operator ^(T x, T y);

    /// <summary>Rotation by 1 to 31 bits.</summary>
    static abstract T RotateLeft(T x, [ConstantExpected] byte bits);

    /// <summary>x ⊕ y ⊕ z.</summary>
    static abstract T Xor(T x, T y, T z);

    /// <summary>The bit that two or three of x, y and z have.</summary>
    static abstract T Majority(T x, T y, T z);

    /// <summary>The bit of y where x has 1, of z where x has 0.</summary>
    static abstract T Choose(T x, T y, T z);

    /// <summary>Loads big-endian words of 32 bits.</summary>
    /// <param name="bytes">The first word of each lane, then the second of each: 4 bytes a word and lane.</param>
    /// <param name="words">Receives as many words as it has places.</param>
    static abstract void Load(ReadOnlySpan<byte> bytes, Span<T> words);

    /// <summary>Stores words as <see cref="Load"/> reads them.</summary>
    /// <param name="words">The words.</param>
    /// <param name="bytes">Receives 4 bytes a word and lane.</param>
    static abstract void Store(ReadOnlySpan<T> words, Span<byte> bytes);
}
