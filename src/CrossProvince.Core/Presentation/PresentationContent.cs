using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using CrossProvince.Core.Signatures;
using CrossProvince.Core.Verification;

namespace CrossProvince.Core.Presentation;

/// <summary>What a decoded code says, as a value that holds its own bytes: it outlives the buffer that the code was read into.</summary>
public struct PresentationContent
{
    private PresentationFields _fields;
    private EncodedDisplay _display;

    /// <summary>The algorithm of the header; must be the key's.</summary>
    public readonly SignatureAlgorithm Algorithm => _fields.Algorithm;

    /// <summary>Which key of the region to try.</summary>
    public readonly KeyId KeyId => _fields.KeyId;

    /// <summary>The claims; before the signature holds only region and key id may be used, to find the key.</summary>
    [UnscopedRef]
    public readonly ref readonly PresentationClaims Claims => ref _fields.Claims;

    /// <summary>The licence's last valid day, inclusive, in days since 1970-01-01, or null.</summary>
    public readonly int? LastValidDay => _fields.LastValidDay;

    /// <summary>The display as encoded, at most 54 bytes; the tag of the licence index is over these bytes.</summary>
    [UnscopedRef]
    public readonly ReadOnlySpan<byte> DisplayBytes => _display[.._fields.DisplayLength];

    /// <summary>Where in the code's bytes the signature is, after its two-byte head.</summary>
    internal readonly int SignatureStart => _fields.PayloadStart + _fields.PayloadLength + PresentationTemplate.BeforeSignature.Length;

    /// <summary>The display as texts.</summary>
    public readonly Display ReadDisplay() =>
        Display.TryDecode(DisplayBytes, out var display) ? display : throw new InvalidOperationException("No code was decoded.");

    /// <summary>Decodes a code where the value stands (docs/payload.md, step 2); see <see cref="PresentationMessage.TryDecode"/>.</summary>
    internal static bool TryDecode(ReadOnlySpan<byte> message, out PresentationContent content)
    {
        content = default;
        if (PresentationTemplate.Match(message, out content._fields) != Verdict.Valid)
        {
            return false;
        }

        message.Slice(content._fields.DisplayStart, content._fields.DisplayLength).CopyTo(content._display);
        return true;
    }

    /// <summary>Writes the bytes that the signature of the code is over; see <see cref="PresentationMessage.WriteToBeSigned"/>.</summary>
    internal readonly int WriteToBeSigned(ReadOnlySpan<byte> message, Span<byte> destination) =>
        PresentationTemplate.WriteToBeSigned(message, _fields.PayloadStart, _fields.PayloadLength, destination);

    [InlineArray(Display.MaxEncodedBytes)]
    private struct EncodedDisplay
    {
        private byte _first;
    }
}
