using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace CrossProvince.Service.Storage;

/// <summary>A record as it stands outside the database, in the shared cache or a browser: encrypted, bound to its place, and with its time.</summary>
/// <remarks>
/// Layout: version 1, one byte; time, Unix milliseconds, eight bytes big endian; nonce, 12 bytes; tag, 16 bytes; ciphertext. AES-256-GCM
/// (NIST SP 800-38D); the name of its place and the first nine bytes are authenticated with it.
/// </remarks>
internal static class SealedRecord
{
    private const byte Version = 1;
    private const int HeadBytes = 9;
    private const int NonceBytes = 12;
    private const int TagBytes = 16;

    /// <summary>Seals a record.</summary>
    /// <param name="key">256 bits.</param>
    /// <param name="place">Where it is to stand, such as the name of a key in the cache.</param>
    /// <param name="readAt">As of when it is, Unix milliseconds.</param>
    /// <param name="plain">The record.</param>
    public static byte[] Seal(byte[] key, string place, long readAt, ReadOnlySpan<byte> plain)
    {
        var sealedBytes = new byte[HeadBytes + NonceBytes + TagBytes + plain.Length];
        sealedBytes[0] = Version;
        BinaryPrimitives.WriteInt64BigEndian(sealedBytes.AsSpan(1), readAt);
        var nonce = sealedBytes.AsSpan(HeadBytes, NonceBytes);
        RandomNumberGenerator.Fill(nonce);
        using var aes = new AesGcm(key, TagBytes);
        aes.Encrypt(
            nonce, plain, sealedBytes.AsSpan(HeadBytes + NonceBytes + TagBytes), sealedBytes.AsSpan(HeadBytes + NonceBytes, TagBytes), Context(place, sealedBytes));
        return sealedBytes;
    }

    /// <summary>Opens a record.</summary>
    /// <param name="key">256 bits.</param>
    /// <param name="place">Where it is to stand, such as the name of a key in the cache.</param>
    /// <param name="bytes">What stands there.</param>
    /// <param name="since">The oldest time that is taken, Unix milliseconds.</param>
    /// <returns>The record; null when it was not sealed for this place with this key, or too long ago.</returns>
    public static byte[]? Open(byte[] key, string place, ReadOnlySpan<byte> bytes, long since)
    {
        if (bytes.Length < HeadBytes + NonceBytes + TagBytes || bytes[0] != Version || BinaryPrimitives.ReadInt64BigEndian(bytes[1..]) < since)
        {
            return null;
        }

        try
        {
            var plain = new byte[bytes.Length - HeadBytes - NonceBytes - TagBytes];
            using var aes = new AesGcm(key, TagBytes);
            aes.Decrypt(
                bytes.Slice(HeadBytes, NonceBytes), bytes[(HeadBytes + NonceBytes + TagBytes)..], bytes.Slice(HeadBytes + NonceBytes, TagBytes), plain, Context(place, bytes));
            return plain;
        }
        catch (AuthenticationTagMismatchException)
        {
            return null;
        }
    }

    /// <summary>When an opened record was sealed, Unix milliseconds.</summary>
    public static long TimeOf(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadInt64BigEndian(bytes[1..]);

    private static byte[] Context(string place, ReadOnlySpan<byte> bytes) => [.. bytes[..HeadBytes], .. Encoding.UTF8.GetBytes(place)];
}
