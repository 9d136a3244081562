using System.Text;

namespace CrossProvince.Core.Tests.Trust;

/// <summary>Pieces of CBOR put together by hand, so that goldens don't rest on the writer under test.</summary>
internal static class RawCbor
{
    internal static byte[] Join(params ReadOnlySpan<object> parts)
    {
        var all = new List<byte>();
        foreach (var part in parts)
        {
            all.AddRange(part switch
            {
                byte[] bytes => bytes,
                int single => [(byte)single],
                string { Length: < 24 } text when Encoding.UTF8.GetByteCount(text) < 24 => [(byte)(0x60 + Encoding.UTF8.GetByteCount(text)), .. Encoding.UTF8.GetBytes(text)],
                string text => [0x78, (byte)Encoding.UTF8.GetByteCount(text), .. Encoding.UTF8.GetBytes(text)],
                _ => throw new ArgumentException("no such piece"),
            });
        }

        return [.. all];
    }

    internal static byte[] Hex(string hex) => Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));

    internal static byte[] Blob(ReadOnlySpan<byte> bytes) => bytes.Length < 256
        ? [0x58, (byte)bytes.Length, .. bytes]
        : [0x59, (byte)(bytes.Length >> 8), (byte)bytes.Length, .. bytes];
}
