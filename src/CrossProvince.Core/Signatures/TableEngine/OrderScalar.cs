using System.Buffers.Binary;

namespace CrossProvince.Core.Signatures.TableEngine;

/// <summary>A number modulo n, the order of the curve SM2: four words of 64 bits, least first, below n.</summary>
/// <remarks>n = FFFFFFFE FFFFFFFF FFFFFFFF FFFFFFFF 7203DF6B 21C6052B 53BBF409 39D54123 (GB/T 32918.5). Verification needs sums and differences only, no product.</remarks>
internal readonly struct OrderScalar
{
    private const ulong N0 = 0x53BBF40939D54123;
    private const ulong N1 = 0x7203DF6B21C6052B;
    private const ulong N2 = 0xFFFFFFFFFFFFFFFF;
    private const ulong N3 = 0xFFFFFFFEFFFFFFFF;

    private readonly ulong _w0;
    private readonly ulong _w1;
    private readonly ulong _w2;
    private readonly ulong _w3;

    private OrderScalar(ulong w0, ulong w1, ulong w2, ulong w3)
    {
        _w0 = w0;
        _w1 = w1;
        _w2 = w2;
        _w3 = w3;
    }

    /// <summary>Whether this is even, as a number from 0 to n − 1.</summary>
    public bool IsEven => (_w0 & 1) == 0;

    /// <summary>Whether this is 0.</summary>
    public bool IsZero => (_w0 | _w1 | _w2 | _w3) == 0;

    private static OrderScalar Order => new(N0, N1, N2, N3);

    /// <summary>Reads a number of 256 bits and reduces it.</summary>
    /// <param name="bytes">32 bytes, big endian. 2^256 &lt; 2n: one subtraction does.</param>
    public static OrderScalar FromBytes(ReadOnlySpan<byte> bytes)
    {
        var x = new OrderScalar(
            BinaryPrimitives.ReadUInt64BigEndian(bytes[24..]),
            BinaryPrimitives.ReadUInt64BigEndian(bytes[16..]),
            BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]),
            BinaryPrimitives.ReadUInt64BigEndian(bytes));
        var reduced = SubtractWords(x, Order, out var below);
        return below ? x : reduced;
    }

    /// <summary>Sum.</summary>
    public static OrderScalar operator +(in OrderScalar a, in OrderScalar b)
    {
        var sum = AddWords(a, b, out var carry);
        var reduced = SubtractWords(sum, Order, out var below);
        return below && !carry ? sum : reduced;
    }

    /// <summary>Difference.</summary>
    public static OrderScalar operator -(in OrderScalar a, in OrderScalar b)
    {
        var difference = SubtractWords(a, b, out var below);
        return below ? AddWords(difference, Order, out _) : difference;
    }

    /// <summary>n − a for a other than 0, whose parity is the other one, for n is odd.</summary>
    public static OrderScalar operator -(in OrderScalar a) => default(OrderScalar) - a;

    /// <summary>⌊a / 2⌋ of the number from 0 to n − 1; the result is below 2^255.</summary>
    public OrderScalar Halve() => new((_w0 >> 1) | (_w1 << 63), (_w1 >> 1) | (_w2 << 63), (_w2 >> 1) | (_w3 << 63), _w3 >> 1);

    /// <summary>Writes the four words of the number, least first.</summary>
    /// <param name="words">Receives them.</param>
    /// <param name="stride">From one word's place to the next one's.</param>
    public void CopyTo(Span<nint> words, int stride)
    {
        words[0] = (nint)_w0;
        words[stride] = (nint)_w1;
        words[2 * stride] = (nint)_w2;
        words[3 * stride] = (nint)_w3;
    }

    /// <summary>The number from 0 to n − 1 as an element of the field.</summary>
    public FieldElement ToField() => FieldElement.FromPlain(_w0, _w1, _w2, _w3);

    /// <summary>The number plus n as an element of the field, if it is below p.</summary>
    /// <param name="element">The element, else default.</param>
    /// <remarks>p − n has 128 bits: of the x that occur by chance, one in 2^128 is at or above n.</remarks>
    public bool TryAddOrder(out FieldElement element)
    {
        // p − n
        if (_w3 != 0 || _w2 != 0 || new UInt128(_w1, _w0) >= new UInt128(0x8DFC2093DE39FAD5, 0xAC440BF6C62ABEDC))
        {
            element = default;
            return false;
        }

        element = AddWords(this, Order, out _).ToField();
        return true;
    }

    private static OrderScalar AddWords(in OrderScalar a, in OrderScalar b, out bool carry)
    {
        var low = new UInt128(a._w1, a._w0) + new UInt128(b._w1, b._w0);
        var lowCarry = low < new UInt128(b._w1, b._w0) ? UInt128.One : UInt128.Zero;
        var a2 = new UInt128(a._w3, a._w2);
        var high = a2 + new UInt128(b._w3, b._w2);
        carry = high < a2;
        high += lowCarry;
        carry |= high < lowCarry;
        return new((ulong)low, (ulong)(low >> 64), (ulong)high, (ulong)(high >> 64));
    }

    private static OrderScalar SubtractWords(in OrderScalar a, in OrderScalar b, out bool below)
    {
        var a0 = new UInt128(a._w1, a._w0);
        var b0 = new UInt128(b._w1, b._w0);
        var a2 = new UInt128(a._w3, a._w2);
        var b2 = new UInt128(b._w3, b._w2);
        var borrow = a0 < b0 ? UInt128.One : UInt128.Zero;
        var low = a0 - b0;
        var high = a2 - b2 - borrow;
        below = a2 < b2 || (a2 == b2 && borrow != 0);
        return new((ulong)low, (ulong)(low >> 64), (ulong)high, (ulong)(high >> 64));
    }
}
