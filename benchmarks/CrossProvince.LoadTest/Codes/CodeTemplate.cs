using CrossProvince.Core.Presentation;
using CrossProvince.Core.Signatures;

namespace CrossProvince.LoadTest.Codes;

/// <summary>What the code of a registered licence says, read from one that its region made.</summary>
/// <param name="Claims">Its claims.</param>
/// <param name="Display">Its display.</param>
internal sealed record CodeTemplate(PresentationClaims Claims, Display Display)
{
    /// <summary>Reads a code.</summary>
    public static CodeTemplate Read(string code)
    {
        var bytes = Decode(code);
        return PresentationMessage.TryDecode(bytes, out var message)
            ? new CodeTemplate(message.Claims, message.ReadDisplay())
            : throw new InvalidOperationException("A code that a node made can't be decoded.");
    }

    /// <summary>Another showing of the licence.</summary>
    /// <param name="issuedAt">Unix seconds.</param>
    /// <param name="lifetimeSeconds">How long the code lives.</param>
    /// <param name="key">What it is signed with.</param>
    public byte[] Sign(long issuedAt, int lifetimeSeconds, ISigner key) => PresentationEncoder.Encode(
        Claims with { Showing = ShowingId.Create(), IssuedAt = issuedAt, ExpiresAt = issuedAt + lifetimeSeconds }, Display, key);

    /// <summary>The bytes of a code.</summary>
    public static byte[] Decode(string code)
    {
        var buffer = new byte[PresentationMessage.MaxBytes];
        PresentationText.Read(code, buffer, out var length);
        return buffer[..length];
    }

    /// <summary>The text of a code whose signature does not hold any more.</summary>
    public static string Forge(byte[] message)
    {
        message[^1] ^= 1;
        return PresentationText.Write(message);
    }
}
