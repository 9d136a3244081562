using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Numerics;

namespace CrossProvince.Core.Signatures.Hashing;

/// <summary>Words of one message.</summary>
internal readonly struct OneWord(uint value) : IWords<OneWord>
{
    private readonly uint _value = value;

    public static int Lanes => 1;

    public static OneWord Of(uint word) => new(word);

    public static OneWord operator +(OneWord x, OneWord y) => new(x._value + y._value);

    public static OneWord operator ^(OneWord x, OneWord y) => new(x._value ^ y._value);

    public static OneWord RotateLeft(OneWord x, [ConstantExpected] byte bits) => new(BitOperations.RotateLeft(x._value, bits));

    public static OneWord Xor(OneWord x, OneWord y, OneWord z) => new(x._value ^ y._value ^ z._value);

    public static OneWord Majority(OneWord x, OneWord y, OneWord z) => new((x._value & y._value) | ((x._value | y._value) & z._value));

    public static OneWord Choose(OneWord x, OneWord y, OneWord z) => new(((y._value ^ z._value) & x._value) ^ z._value);

    public static void Load(ReadOnlySpan<byte> bytes, Span<OneWord> words)
    {
        for (var i = 0; i < words.Length; i++)
        {
            words[i] = new(BinaryPrimitives.ReadUInt32BigEndian(bytes[(4 * i)..]));
        }
    }

    public static void Store(ReadOnlySpan<OneWord> words, Span<byte> bytes)
    {
        for (var i = 0; i < words.Length; i++)
        {
            BinaryPrimitives.WriteUInt32BigEndian(bytes[(4 * i)..], words[i]._value);
        }
    }
}
