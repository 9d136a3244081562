using System.Buffers.Binary;
using System.Text;
using CrossProvince.Core.Signatures;

namespace CrossProvince.Core.Presentation;

/// <summary>Makes codes.</summary>
public static class PresentationEncoder
{
    /// <summary>Encodes and signs one code.</summary>
    /// <param name="claims">What it claims.</param>
    /// <param name="display">The licence's display.</param>
    /// <param name="signer">A code key of the region.</param>
    /// <returns>The tagged COSE_Sign1, at most 190 bytes; <see cref="PresentationText.Write"/> makes the text of it.</returns>
    /// <exception cref="ArgumentException">A claim is outside the range that its documentation states.</exception>
    public static byte[] Encode(in PresentationClaims claims, Display display, ISigner signer)
    {
        ArgumentNullException.ThrowIfNull(display);
        ArgumentNullException.ThrowIfNull(signer);
        Check(claims.Region.Value, 100_000, 999_999, nameof(claims.Region));
        Check(claims.ExpiresAt, PresentationTemplate.MinTime, uint.MaxValue, nameof(claims.ExpiresAt));
        Check(claims.IssuedAt, PresentationTemplate.MinTime, uint.MaxValue, nameof(claims.IssuedAt));
        Check((long)Math.Min(claims.Showing.Value, long.MaxValue), 0, (long)ShowingId.MaxValue, nameof(claims.Showing));
        Check(claims.CodeNumber, 0, ushort.MaxValue, nameof(claims.CodeNumber));
        Check(claims.LicenceType, 0, PresentationTemplate.MaxLicenceType, nameof(claims.LicenceType));
        Check(claims.Scenario, 0, byte.MaxValue, nameof(claims.Scenario));
        Check(claims.List, 0, ushort.MaxValue, nameof(claims.List));
        Check(claims.Index, 0, PresentationTemplate.MaxIndex, nameof(claims.Index));
        Check((int)claims.Presenter, 0, (int)Presenter.Operator, nameof(claims.Presenter));

        Span<byte> payload = stackalloc byte[PresentationTemplate.MaxBytes];
        payload = payload[..WritePayload(payload, claims, display)];

        Span<byte> message = stackalloc byte[PresentationTemplate.MaxBytes];
        var writer = new CborSpanWriter(message);
        writer.WriteBytes(PresentationTemplate.Start);
        writer.WriteByte(ProtectedHeader.Head(signer.PublicKey.Algorithm));
        writer.WriteBytes(ProtectedHeader.Encode(signer.PublicKey));
        writer.WriteBytes(PresentationTemplate.BeforePayloadLength);
        writer.WriteByte((byte)payload.Length);
        var payloadStart = writer.Position;
        writer.WriteBytes(payload);
        writer.WriteBytes(PresentationTemplate.BeforeSignature);
        var signature = message.Slice(writer.Position, SignedMessage.SignatureSize);

        Span<byte> toBeSigned = stackalloc byte[PresentationTemplate.MaxToBeSignedBytes];
        signer.Sign(toBeSigned[..PresentationTemplate.WriteToBeSigned(message, payloadStart, payload.Length, toBeSigned)], signature);
        return message[..(writer.Position + signature.Length)].ToArray();
    }

    private static int WritePayload(Span<byte> payload, in PresentationClaims claims, Display display)
    {
        Span<byte> cti = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64BigEndian(cti, (claims.Showing.Value << 16) | (ushort)claims.CodeNumber);

        var writer = new CborSpanWriter(payload);
        writer.WriteBytes(PresentationTemplate.BeforeRegion);
        writer.WriteBytes(Encoding.ASCII.GetBytes(claims.Region.ToString()));
        writer.WriteBytes(PresentationTemplate.BeforeExpiry);
        writer.WriteUnsigned((uint)claims.ExpiresAt);
        writer.WriteBytes(PresentationTemplate.BeforeIssue);
        writer.WriteUnsigned((uint)claims.IssuedAt);
        writer.WriteBytes(PresentationTemplate.BeforeShowing);
        writer.WriteBytes(cti);
        writer.WriteBytes(PresentationTemplate.BeforePresentation);
        writer.WriteUnsigned((uint)(claims.LicenceType | (claims.Specimen ? PresentationTemplate.SpecimenBit : 0)));
        writer.WriteUnsigned((uint)claims.Scenario);
        writer.WriteUnsigned((uint)claims.List);
        writer.WriteUnsigned((uint)claims.Index);
        writer.WriteUnsigned((uint)claims.Presenter);
        writer.WriteBytes(display.Encode());
        return writer.Position;
    }

    private static void Check(long value, long min, long max, string name)
    {
        if (value < min || value > max)
        {
            throw new ArgumentException($"The claim {name} is {value}, not {min} to {max}.");
        }
    }
}
