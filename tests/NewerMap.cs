using System.Formats.Cbor;

namespace CrossProvince.Tests;

/// <summary>Documents as a later version may send them.</summary>
internal static class NewerMap
{
    /// <summary>The same map with two text keys that this version does not know, behind the others in canonical order.</summary>
    internal static byte[] Of(byte[] map)
    {
        var (reader, writer) = (new CborReader(map, CborConformanceMode.Canonical), new CborWriter(CborConformanceMode.Canonical));
        var fields = reader.ReadStartMap()!.Value;
        writer.WriteStartMap(fields + 2);
        for (var i = 0; i < fields; i++)
        {
            writer.WriteEncodedValue(reader.ReadEncodedValue().Span);
            writer.WriteEncodedValue(reader.ReadEncodedValue().Span);
        }

        writer.WriteTextString("something_of_a_newer_version");
        writer.WriteStartArray(2);
        writer.WriteInt32(1);
        writer.WriteTextString("x");
        writer.WriteEndArray();
        writer.WriteTextString("something_of_a_newer_version_still");
        writer.WriteNull();
        writer.WriteEndMap();
        return writer.Encode();
    }
}
