using System.Buffers.Binary;
using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Signatures;
using CrossProvince.Core.Verification;

namespace CrossProvince.Core.Presentation;

/// <summary>The one shape of a code, byte by byte (docs/payload.md): shared by the decoder, the reader and the encoder.</summary>
internal static class PresentationTemplate
{
    /// <summary>Most bytes of a code.</summary>
    public const int MaxBytes = 190;

    /// <summary>Most bytes of a Sig_structure.</summary>
    public const int MaxToBeSignedBytes = 137;

    /// <summary>The smallest number whose shortest form has four bytes.</summary>
    public const long MinTime = 1 << 16;

    /// <summary>The largest licence type.</summary>
    public const int MaxLicenceType = 0x7FFF;

    /// <summary>The bit of the licence type that marks a specimen.</summary>
    public const int SpecimenBit = 0x8000;

    /// <summary>The largest index in a list.</summary>
    public const int MaxIndex = (1 << 20) - 1;

    /// <summary>CBOR array(4): the display.</summary>
    public const byte DisplayArray = 0x84;

    /// <summary>CBOR null.</summary>
    public const byte Null = 0xF6;

    // Payload without the five numbers and the display: at least one byte a number and an empty display, at most 3 + 2 + 3 + 5 + 1 and 54 bytes.
    private const int FixedPayloadBytes = 37;
    private const int MinPayloadBytes = FixedPayloadBytes + 5 + 5;
    private const int MaxPayloadBytes = FixedPayloadBytes + 14 + Display.MaxEncodedBytes;
    private const int RegionDigits = 6;

    /// <summary>Tag 18, array(4).</summary>
    public static ReadOnlySpan<byte> Start => [0xD2, 0x84];

    /// <summary>The empty unprotected header, and the head of a payload of 24 to 255 bytes.</summary>
    public static ReadOnlySpan<byte> BeforePayloadLength => [0xA0, 0x58];

    /// <summary>map(5), 1 iss: text(6).</summary>
    public static ReadOnlySpan<byte> BeforeRegion => [0xA5, 0x01, 0x66];

    /// <summary>4 exp.</summary>
    public static ReadOnlySpan<byte> BeforeExpiry => [0x04];

    /// <summary>6 iat.</summary>
    public static ReadOnlySpan<byte> BeforeIssue => [0x06];

    /// <summary>7 cti: bytes(8).</summary>
    public static ReadOnlySpan<byte> BeforeShowing => [0x07, 0x48];

    /// <summary>−65537, array(6).</summary>
    public static ReadOnlySpan<byte> BeforePresentation => [0x3A, 0x00, 0x01, 0x00, 0x00, 0x86];

    /// <summary>bytes(64).</summary>
    public static ReadOnlySpan<byte> BeforeSignature => [0x58, 0x40];

    // array(4), "Signature1"; and the external_aad "CP1", between protected header and payload.
    private static ReadOnlySpan<byte> SigStructureStart => [0x84, 0x6A, (byte)'S', (byte)'i', (byte)'g', (byte)'n', (byte)'a', (byte)'t', (byte)'u', (byte)'r', (byte)'e', (byte)'1'];

    private static ReadOnlySpan<byte> ExternalAad => [0x43, (byte)'C', (byte)'P', (byte)'1'];

    /// <summary>Compares bytes with the template.</summary>
    /// <param name="bytes">A code or the beginning of one.</param>
    /// <param name="fields">What the code says, when it is valid.</param>
    /// <returns>Valid for exactly one whole code, Truncated for a proper beginning of one, else Malformed.</returns>
    public static Verdict Match(ReadOnlySpan<byte> bytes, out PresentationFields fields)
    {
        var cursor = new PresentationCursor(bytes);
        return TryRead(ref cursor, out fields) && cursor.IsAtEnd ? Verdict.Valid
            : cursor.IsCutOff ? Verdict.Truncated
            : Verdict.Malformed;
    }

    /// <summary>The length that a code announces by its payload's, once there is enough of it to tell.</summary>
    public static bool TryGetLength(ReadOnlySpan<byte> bytes, out int length)
    {
        length = 0;
        if (bytes.Length <= Start.Length)
        {
            return false;
        }

        var lengthAt = Start.Length + 1 + (bytes[Start.Length] & 0x1F) + BeforePayloadLength.Length;
        if (bytes.Length <= lengthAt)
        {
            return false;
        }

        length = lengthAt + 1 + bytes[lengthAt] + BeforeSignature.Length + SignedMessage.SignatureSize;
        return true;
    }

    /// <summary>Writes the Sig_structure of a code (RFC 9052 §4.4), whose header and payload stand in it as they do in the code.</summary>
    /// <returns>How many bytes were written.</returns>
    public static int WriteToBeSigned(ReadOnlySpan<byte> message, int payloadStart, int payloadLength, Span<byte> destination)
    {
        var writer = new CborSpanWriter(destination);
        writer.WriteBytes(SigStructureStart);
        writer.WriteBytes(message[Start.Length..(payloadStart - 1 - BeforePayloadLength.Length)]);
        writer.WriteBytes(ExternalAad);
        writer.WriteBytes(message.Slice(payloadStart - 2, 2 + payloadLength));
        return writer.Position;
    }

    private static bool TryRead(ref PresentationCursor cursor, out PresentationFields fields)
    {
        fields = default;

        if (!cursor.TryReadFixed(Start)
            || !TryReadProtectedHeader(ref cursor, out fields.Algorithm, out fields.KeyId)
            || !cursor.TryReadFixed(BeforePayloadLength)
            || !cursor.TryReadByte(out var payloadLength)
            || payloadLength is < MinPayloadBytes or > MaxPayloadBytes)
        {
            return false;
        }

        var payloadStart = cursor.Position;
        if (!cursor.TryReadFixed(BeforeRegion)
            || !TryReadRegion(ref cursor, out var region)
            || !cursor.TryReadFixed(BeforeExpiry)
            || !cursor.TryReadTime(out var expiresAt)
            || !cursor.TryReadFixed(BeforeIssue)
            || !cursor.TryReadTime(out var issuedAt)
            || !cursor.TryReadFixed(BeforeShowing)
            || !cursor.TryReadAny(sizeof(ulong), out var showing)
            || !cursor.TryReadFixed(BeforePresentation)
            || !cursor.TryReadUnsigned(SpecimenBit | MaxLicenceType, out var type)
            || !cursor.TryReadUnsigned(byte.MaxValue, out var scenario)
            || !cursor.TryReadUnsigned(ushort.MaxValue, out var list)
            || !cursor.TryReadUnsigned(MaxIndex, out var index)
            || !cursor.TryReadUnsigned((uint)Presenter.Operator, out var presenter))
        {
            return false;
        }

        var displayStart = cursor.Position;
        if (!cursor.TryReadDisplay(out var display))
        {
            return false;
        }

        var displayEnd = cursor.Position;
        if (displayEnd != payloadStart + payloadLength
            || !cursor.TryReadFixed(BeforeSignature)
            || !cursor.TryReadAny(SignedMessage.SignatureSize, out _))
        {
            return false;
        }

        var cti = BinaryPrimitives.ReadUInt64BigEndian(showing);
        fields.Claims = new PresentationClaims
        {
            Region = region,
            ExpiresAt = expiresAt,
            IssuedAt = issuedAt,
            Showing = new ShowingId(cti >> 16),
            CodeNumber = (ushort)cti,
            LicenceType = type & MaxLicenceType,
            Specimen = (type & SpecimenBit) != 0,
            Scenario = scenario,
            List = list,
            Index = index,
            Presenter = (Presenter)presenter,
        };
        fields.LastValidDay = display.LastValidDay;
        fields.PayloadStart = payloadStart;
        fields.PayloadLength = payloadLength;
        fields.DisplayStart = displayStart;
        fields.DisplayLength = displayEnd - displayStart;
        return true;
    }

    private static bool TryReadProtectedHeader(ref PresentationCursor cursor, out SignatureAlgorithm algorithm, out KeyId keyId)
    {
        algorithm = default;
        keyId = default;
        if (!cursor.TryReadByte(out var head))
        {
            return false;
        }

        algorithm = head == ProtectedHeader.Head(SignatureAlgorithm.Sm2) ? SignatureAlgorithm.Sm2 : SignatureAlgorithm.Esp256;
        if (head != ProtectedHeader.Head(algorithm)
            || !cursor.TryReadFixed(ProtectedHeader.Start(algorithm))
            || !cursor.TryReadAny(KeyId.Size, out var id))
        {
            return false;
        }

        keyId = KeyId.FromBytes(id);
        return true;
    }

    private static bool TryReadRegion(ref PresentationCursor cursor, out RegionCode region)
    {
        region = default;
        var value = 0;
        for (var i = 0; i < RegionDigits; i++)
        {
            if (!cursor.TryReadByte(out var digit) || !char.IsAsciiDigit((char)digit) || (i == 0 && digit == '0'))
            {
                return false;
            }

            value = (value * 10) + (digit - '0');
        }

        region = new RegionCode(value);
        return true;
    }
}
