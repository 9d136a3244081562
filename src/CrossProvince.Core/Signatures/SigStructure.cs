using System.Formats.Cbor;

namespace CrossProvince.Core.Signatures;

/// <summary>What a COSE signature is over (RFC 9052 §4.4).</summary>
internal static class SigStructure
{
    /// <summary>Of a COSE_Sign1.</summary>
    public static byte[] ForOne(ReadOnlySpan<byte> header, ReadOnlySpan<byte> externalAad, ReadOnlySpan<byte> payload)
    {
        var writer = new CborWriter(CborConformanceMode.Canonical);
        writer.WriteStartArray(4);
        writer.WriteTextString("Signature1");
        writer.WriteByteString(header);
        writer.WriteByteString(externalAad);
        writer.WriteByteString(payload);
        writer.WriteEndArray();
        return writer.Encode();
    }

    /// <summary>Of one signature of a COSE_Sign, whose own protected header is empty.</summary>
    public static byte[] ForOneOfSeveral(ReadOnlySpan<byte> signerHeader, ReadOnlySpan<byte> externalAad, ReadOnlySpan<byte> payload)
    {
        var writer = new CborWriter(CborConformanceMode.Canonical);
        writer.WriteStartArray(5);
        writer.WriteTextString("Signature");
        writer.WriteByteString([]);
        writer.WriteByteString(signerHeader);
        writer.WriteByteString(externalAad);
        writer.WriteByteString(payload);
        writer.WriteEndArray();
        return writer.Encode();
    }
}
