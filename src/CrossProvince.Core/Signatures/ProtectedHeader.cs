namespace CrossProvince.Core.Signatures;

/// <summary>The protected header of everything signed here: deterministic CBOR of {1 alg, 4 kid} and nothing else.</summary>
internal static class ProtectedHeader
{
    private static ReadOnlySpan<byte> Sm2Start => [0xA2, 0x01, 0x3A, 0x00, 0x01, 0x00, 0x00, 0x04, 0x44];

    private static ReadOnlySpan<byte> Esp256Start => [0xA2, 0x01, 0x28, 0x04, 0x44];

    /// <summary>The bytes before the key id.</summary>
    public static ReadOnlySpan<byte> Start(SignatureAlgorithm algorithm) => algorithm switch
    {
        SignatureAlgorithm.Sm2 => Sm2Start,
        SignatureAlgorithm.Esp256 => Esp256Start,
        _ => throw new ArgumentOutOfRangeException(nameof(algorithm), algorithm, "Neither SM2 nor ESP256."),
    };

    /// <summary>The CBOR head of the byte string that wraps the header.</summary>
    public static byte Head(SignatureAlgorithm algorithm) => (byte)(0x40 | (Start(algorithm).Length + KeyId.Size));

    /// <summary>Encodes the header of a key.</summary>
    public static byte[] Encode(PublicKey key)
    {
        var start = Start(key.Algorithm);
        var header = new byte[start.Length + KeyId.Size];
        start.CopyTo(header);
        key.Id.WriteBytes(header.AsSpan(start.Length));
        return header;
    }

    /// <summary>Reads a header.</summary>
    public static bool TryRead(ReadOnlySpan<byte> header, out SignatureAlgorithm algorithm, out KeyId keyId)
    {
        algorithm = header.StartsWith(Sm2Start) ? SignatureAlgorithm.Sm2 : SignatureAlgorithm.Esp256;
        var start = Start(algorithm);
        if (header.Length != start.Length + KeyId.Size || !header.StartsWith(start))
        {
            algorithm = default;
            keyId = default;
            return false;
        }

        keyId = KeyId.FromBytes(header[start.Length..]);
        return true;
    }
}
