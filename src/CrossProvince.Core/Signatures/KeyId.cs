using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;

namespace CrossProvince.Core.Signatures;

/// <summary>A hint to a public key: the first 4 bytes of SHA-256 over its SubjectPublicKeyInfo, big endian.</summary>
/// <param name="Value">The four bytes as a number.</param>
/// <remarks>Two keys may share an id: look up, then try every match.</remarks>
public readonly record struct KeyId(uint Value)
{
    /// <summary>Length on the wire, in bytes.</summary>
    public const int Size = 4;

    /// <summary>Reads an id from the wire.</summary>
    /// <param name="bytes">At least 4 bytes; the first four are read.</param>
    public static KeyId FromBytes(ReadOnlySpan<byte> bytes) => new(BinaryPrimitives.ReadUInt32BigEndian(bytes));

    /// <summary>Computes the id of a key.</summary>
    /// <param name="spki">The key's SubjectPublicKeyInfo, DER.</param>
    public static KeyId Compute(ReadOnlySpan<byte> spki)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(spki, hash);
        return FromBytes(hash);
    }

    /// <summary>Writes the id as on the wire.</summary>
    /// <param name="destination">At least 4 bytes.</param>
    public void WriteBytes(Span<byte> destination) => BinaryPrimitives.WriteUInt32BigEndian(destination, Value);

    /// <summary>Eight lower-case hexadecimal digits.</summary>
    public override string ToString() => Value.ToString("x8", CultureInfo.InvariantCulture);
}
