using CrossProvince.Core.Signatures;

namespace CrossProvince.Core.Tests.Vectors;

/// <summary>Codes changed and signed again, so that nothing but the change is wrong with them.</summary>
internal static class CodeParts
{
    // docs/payload.md, "Bytes": offsets in the payload of a code whose five numbers have one byte each.
    internal const int RegionAt = 3;
    internal const int ExpiryAt = 9;
    internal const int IssueAt = 15;
    internal const int ShowingAt = 21;
    internal const int PresentationAt = 31;
    internal const int ScenarioAt = 38;
    internal const int ListAt = 39;
    internal const int IndexAt = 40;
    internal const int PresenterAt = 41;
    internal const int DisplayAt = 42;

    internal static byte[] CodeAad => "CP1"u8.ToArray();

    /// <summary>Changes the payload and signs it again.</summary>
    internal static Func<byte[], byte[]> Payload(Func<byte[], byte[]> change, string key = "beijing-code") => message =>
    {
        var (header, payload) = PartsOf(message);
        return CoseSign1.Sign(VectorKeys.Of(key), header, CodeAad, change(payload));
    };

    /// <summary>Puts bytes in the place of others of the payload, and signs it again.</summary>
    internal static Func<byte[], byte[]> Payload(int at, int length, string hex) => Payload(payload => Replace(payload, at, length, hex));

    /// <summary>Puts another display in the payload's end, and signs it again.</summary>
    internal static Func<byte[], byte[]> WithDisplay(string hex) => Payload(payload => [.. payload[..DisplayAt], .. Convert.FromHexString(hex)]);

    /// <summary>Puts another protected header there, and signs again.</summary>
    internal static Func<byte[], byte[]> Header(Func<byte[], byte[]> change) => message =>
    {
        var (header, payload) = PartsOf(message);
        return CoseSign1.Sign(VectorKeys.Of("beijing-code"), change(header), CodeAad, payload);
    };

    /// <summary>Signs the same under another external_aad.</summary>
    internal static byte[] UnderAad(byte[] message, string externalAad)
    {
        var (header, payload) = PartsOf(message);
        return CoseSign1.Sign(VectorKeys.Of("beijing-code"), header, System.Text.Encoding.ASCII.GetBytes(externalAad), payload);
    }

    /// <summary>Signs the same under another identity of SM2.</summary>
    internal static byte[] UnderIdentity(byte[] message, string identity)
    {
        var (header, payload) = PartsOf(message);
        return [.. message[..^64], .. VectorKeys.Of("beijing-code").Sign(SigStructure.ForOne(header, CodeAad, payload), identity)];
    }

    /// <summary>The same code with other bytes at its end: the signature.</summary>
    internal static Func<byte[], byte[]> Signature(Func<byte[], byte[]> change) => message => [.. message[..^64], .. change(message[^64..])];

    internal static byte[] Replace(byte[] bytes, int at, int length, string hex) => [.. bytes[..at], .. Convert.FromHexString(hex), .. bytes[(at + length)..]];

    internal static byte[] Flip(byte[] bytes, int at)
    {
        bytes[at] ^= 1;
        return bytes;
    }

    private static (byte[] Header, byte[] Payload) PartsOf(byte[] message)
    {
        const int HeaderStart = 3;
        return CoseSign1.TryRead(message, out var parts)
            ? (message[HeaderStart..(HeaderStart + (message[HeaderStart - 1] & 0x1F))], parts.Payload.ToArray())
            : throw new ArgumentException("Only a good code can be changed.", nameof(message));
    }
}
