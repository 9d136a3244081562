using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;

namespace CrossProvince.Core.Presentation;

/// <summary>One showing of a licence for a scenario: 48 random bits that all its codes share.</summary>
/// <param name="Value">0 to 2^48 − 1.</param>
public readonly record struct ShowingId(ulong Value)
{
    /// <summary>Length on the wire, in bytes.</summary>
    public const int Size = 6;

    /// <summary>The largest value.</summary>
    public const ulong MaxValue = (1UL << 48) - 1;

    private const int Digits = 2 * Size;

    /// <summary>Draws a new showing.</summary>
    public static ShowingId Create()
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        RandomNumberGenerator.Fill(bytes[..Size]);
        return new ShowingId(BinaryPrimitives.ReadUInt64LittleEndian(bytes));
    }

    /// <summary>Reads exactly twelve hexadecimal digits.</summary>
    /// <param name="text">The text.</param>
    /// <param name="showing">The showing, else default.</param>
    /// <returns>Whether the text has that shape.</returns>
    public static bool TryParse(ReadOnlySpan<char> text, out ShowingId showing)
    {
        showing = default;
        if (text.Length != Digits || !ulong.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value))
        {
            return false;
        }

        showing = new ShowingId(value);
        return true;
    }

    /// <summary>Twelve lower-case hexadecimal digits.</summary>
    public override string ToString() => Value.ToString("x12", CultureInfo.InvariantCulture);
}
