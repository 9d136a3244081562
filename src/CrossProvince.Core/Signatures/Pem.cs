using System.Security.Cryptography;

namespace CrossProvince.Core.Signatures;

/// <summary>Reads PEM texts (RFC 7468).</summary>
internal static class Pem
{
    /// <summary>The content of the first block with a label.</summary>
    /// <exception cref="KeyFormatException">There is none.</exception>
    public static byte[] Read(ReadOnlySpan<char> pem, string label)
    {
        while (PemEncoding.TryFind(pem, out var fields))
        {
            if (pem[fields.Label].SequenceEqual(label))
            {
                return Convert.FromBase64String(pem[fields.Base64Data].ToString());
            }

            pem = pem[fields.Location.End..];
        }

        throw new KeyFormatException($"The text has no PEM block '{label}'.");
    }
}
