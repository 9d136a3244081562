using System.Buffers.Binary;

namespace CrossProvince.Core.Signatures.TableEngine;

/// <summary>A number modulo n, the order of a curve: four words of 64 bits, least first, below n.</summary>
/// <remarks>Sums and differences only. Where a scheme multiplies modulo n, it takes elements of that field.</remarks>
internal readonly struct OrderScalar<TCurve>
    where TCurve : struct, ICurve
{
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

    private static OrderScalar<TCurve> Order => new(TCurve.N0, TCurve.N1, TCurve.N2, TCurve.N3);

    /// <summary>Reads a number of 256 bits and reduces it.</summary>
    /// <param name="bytes">32 bytes, big endian. 2^256 &lt; 2n: one subtraction does.</param>
    public static OrderScalar<TCurve> FromBytes(ReadOnlySpan<byte> bytes)
    {
        var x = new OrderScalar<TCurve>(
            BinaryPrimitives.ReadUInt64BigEndian(bytes[24..]),
            BinaryPrimitives.ReadUInt64BigEndian(bytes[16..]),
            BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]),
            BinaryPrimitives.ReadUInt64BigEndian(bytes));
        var reduced = SubtractWords(x, Order, out var below);
        return below ? x : reduced;
    }

    /// <summary>The number as which an element is held, of the field of this very order: its Montgomery form.</summary>
    public static unsafe OrderScalar<TCurve> FromHeld<TOrder>(in FieldElement<TOrder> x)
        where TOrder : struct, IField
    {
        var words = stackalloc ulong[4];
        x.WriteCanonical(words);
        return new OrderScalar<TCurve>(words[0], words[1], words[2], words[3]);
    }

    /// <summary>Sum.</summary>
    public static OrderScalar<TCurve> operator +(in OrderScalar<TCurve> a, in OrderScalar<TCurve> b)
    {
        var sum = AddWords(a, b, out var carry);
        var reduced = SubtractWords(sum, Order, out var below);
        return below && !carry ? sum : reduced;
    }

    /// <summary>Difference.</summary>
    public static OrderScalar<TCurve> operator -(in OrderScalar<TCurve> a, in OrderScalar<TCurve> b)
    {
        var difference = SubtractWords(a, b, out var below);
        return below ? AddWords(difference, Order, out _) : difference;
    }

    /// <summary>n − a for a other than 0, whose parity is the other one, for n is odd.</summary>
    public static OrderScalar<TCurve> operator -(in OrderScalar<TCurve> a) => default(OrderScalar<TCurve>) - a;

    /// <summary>⌊a / 2⌋ of the number from 0 to n − 1; the result is below 2^255.</summary>
    public OrderScalar<TCurve> Halve() => new((_w0 >> 1) | (_w1 << 63), (_w1 >> 1) | (_w2 << 63), (_w2 >> 1) | (_w3 << 63), _w3 >> 1);

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
    public FieldElement<TCurve> ToField() => FieldElement<TCurve>.FromPlain(_w0, _w1, _w2, _w3);

    /// <summary>The number plus n as an element of the field, if it is below p.</summary>
    /// <param name="element">The element, else default.</param>
    /// <remarks>p − n has 128 bits at most: of the x that occur by chance, one in 2^128 is at or above n.</remarks>
    public bool TryAddOrder(out FieldElement<TCurve> element)
    {
        if (_w3 != 0 || _w2 != 0 || new UInt128(_w1, _w0) >= TCurve.PrimeMinusOrder)
        {
            element = default;
            return false;
        }

        element = AddWords(this, Order, out _).ToField();
        return true;
    }

    private static OrderScalar<TCurve> AddWords(in OrderScalar<TCurve> a, in OrderScalar<TCurve> b, out bool carry)
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

    private static OrderScalar<TCurve> SubtractWords(in OrderScalar<TCurve> a, in OrderScalar<TCurve> b, out bool below)
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
