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

    /// <summary>Loads the 16 words of a block of each lane, big endian.</summary>
    /// <param name="blocks">The first lane's block of 64 bytes; the others follow.</param>
    /// <param name="stride">Bytes from one lane's block to the next lane's.</param>
    /// <param name="words">Receives 16 words.</param>
    static abstract void Load(ReadOnlySpan<byte> blocks, int stride, Span<T> words);

    /// <summary>Stores the 8 words of each lane's hash, big endian.</summary>
    /// <param name="words">8 words.</param>
    /// <param name="hashes">Receives 32 bytes a lane, lane after lane.</param>
    static abstract void Store(ReadOnlySpan<T> words, Span<byte> hashes);
}
