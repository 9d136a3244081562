using System.Text;
using CrossProvince.Cli.Certs;
using CrossProvince.Core.Presentation;

namespace CrossProvince.Cli.Demo;

/// <summary>Makes codes that must not pass.</summary>
internal static class Forger
{
    /// <summary>A code signed with a key that was not meant for it.</summary>
    internal static string Sign(in PresentationClaims claims, Display display, string keyFile) =>
        PresentationText.Write(PresentationEncoder.Encode(claims, display, SigningKeyFiles.ReadPrivate(keyFile)));

    /// <summary>The code with one bit of the number on it flipped.</summary>
    internal static string FlipBit(string code)
    {
        var bytes = Read(code, out var message);
        var number = Encoding.UTF8.GetBytes(message.ReadDisplay().Number);
        bytes[bytes.AsSpan().IndexOf(number) + number.Length - 1] ^= 1;
        return PresentationText.Write(bytes);
    }

    /// <summary>What a code says.</summary>
    internal static (PresentationClaims Claims, Display Display) Read(string code)
    {
        Read(code, out var message);
        return (message.Claims, message.ReadDisplay());
    }

    private static byte[] Read(string code, out PresentationMessage message)
    {
        var buffer = new byte[PresentationMessage.MaxBytes];
        PresentationText.Read(code, buffer, out var length);
        var bytes = buffer[..length];
        return PresentationMessage.TryDecode(bytes, out message) ? bytes : throw new InvalidOperationException("The node's own code can't be read.");
    }
}
