using CrossProvince.Core.Signatures;
using CrossProvince.Core.Verification;

namespace CrossProvince.Core.Presentation;

/// <summary>A code that was decoded but not verified; slices of the caller's buffer, nothing allocated.</summary>
public readonly struct PresentationMessage
{
    /// <summary>Most bytes of a code.</summary>
    public const int MaxBytes = PresentationTemplate.MaxBytes;

    /// <summary>Most bytes that a signature is over.</summary>
    public const int MaxToBeSignedBytes = PresentationTemplate.MaxToBeSignedBytes;

    private readonly PresentationFields _fields;

    private PresentationMessage(ReadOnlyMemory<byte> message, in PresentationFields fields)
    {
        Message = message;
        _fields = fields;
    }

    /// <summary>The algorithm of the header; must be the key's.</summary>
    public SignatureAlgorithm Algorithm => _fields.Algorithm;

    /// <summary>Which key of the region to try.</summary>
    public KeyId KeyId => _fields.KeyId;

    /// <summary>The claims; before the signature holds only region and key id may be used, to find the key.</summary>
    public PresentationClaims Claims => _fields.Claims;

    /// <summary>The licence's last valid day, inclusive, in days since 1970-01-01, or null.</summary>
    public int? LastValidDay => _fields.LastValidDay;

    /// <summary>The whole code, at most 190 bytes.</summary>
    public ReadOnlyMemory<byte> Message { get; }

    /// <summary>The display as encoded, at most 54 bytes; the tag of the licence index is over these bytes.</summary>
    public ReadOnlyMemory<byte> DisplayBytes => Message.Slice(_fields.DisplayStart, _fields.DisplayLength);

    /// <summary>r ‖ s, 64 bytes.</summary>
    public ReadOnlyMemory<byte> Signature => Message[^SignedMessage.SignatureSize..];

    /// <summary>Decodes a code without allocating (docs/payload.md, step 2).</summary>
    /// <param name="message">The bytes that <see cref="PresentationText.Read"/> gave.</param>
    /// <param name="decoded">The code, else default; it keeps the memory.</param>
    /// <returns>Whether the bytes are exactly the deterministic CBOR of the template, every value in its range. Never throws for bad input.</returns>
    public static bool TryDecode(ReadOnlyMemory<byte> message, out PresentationMessage decoded)
    {
        var isValid = PresentationTemplate.Match(message.Span, out var fields) == Verdict.Valid;
        decoded = isValid ? new PresentationMessage(message, fields) : default;
        return isValid;
    }

    /// <summary>Writes the bytes that the signature is over (Sig_structure, RFC 9052 §4.4, external_aad <c>CP1</c>).</summary>
    /// <param name="destination">At least <see cref="MaxToBeSignedBytes"/> bytes.</param>
    /// <returns>How many bytes were written.</returns>
    public int WriteToBeSigned(Span<byte> destination) =>
        PresentationTemplate.WriteToBeSigned(Message.Span, _fields.PayloadStart, _fields.PayloadLength, destination);

    /// <summary>The display as texts.</summary>
    public Display ReadDisplay() =>
        Display.TryDecode(DisplayBytes.Span, out var display) ? display : throw new InvalidOperationException("No code was decoded.");
}
