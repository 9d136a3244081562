using System.Formats.Cbor;
using System.Text.Json.Nodes;
using CrossProvince.Core.Signatures;

namespace CrossProvince.Core.Tests.Vectors;

/// <summary>A signed document, and whether a reader takes it.</summary>
internal static class DocumentVector
{
    internal static JsonObject Of(string id, string why, byte[] document, JsonObject? accepted, params IEnumerable<(string Name, JsonNode? Value)> given)
    {
        var json = new JsonObject { ["id"] = id, ["why"] = why };
        foreach (var (name, value) in given)
        {
            json[name] = value;
        }

        json["document"] = Convert.ToHexStringLower(document);
        json["expect"] = accepted is null ? new JsonObject { ["accepted"] = false } : accepted;
        return json;
    }

    internal static JsonObject Accepted(params IEnumerable<(string Name, JsonNode? Value)> content)
    {
        var json = new JsonObject { ["accepted"] = true };
        foreach (var (name, value) in content)
        {
            json[name] = value;
        }

        return json;
    }

    internal static JsonObject File(string about, params IEnumerable<JsonObject> cases) => new() { ["about"] = about, ["cases"] = new JsonArray([.. cases]) };

    /// <summary>The payload of a COSE_Sign1.</summary>
    internal static byte[] PayloadOf(byte[] document) =>
        CoseSign1.TryRead(document, out var message) ? message.Payload.ToArray() : throw new ArgumentException("That is no COSE_Sign1.", nameof(document));

    internal static byte[] Sign(string key, ReadOnlySpan<byte> externalAad, byte[] payload) => CoseSign1.Sign(VectorKeys.Of(key), externalAad, payload);

    /// <summary>Changes the value of a key of the map.</summary>
    internal static byte[] With(byte[] map, string key, Func<byte[], byte[]> change)
    {
        var (reader, writer) = (new CborReader(map, CborConformanceMode.Canonical), new CborWriter(CborConformanceMode.Lax));
        var fields = reader.ReadStartMap()!.Value;
        writer.WriteStartMap(fields);
        for (var i = 0; i < fields; i++)
        {
            var name = reader.ReadTextString();
            writer.WriteTextString(name);
            var value = reader.ReadEncodedValue().ToArray();
            writer.WriteEncodedValue(name == key ? change(value) : value);
        }

        writer.WriteEndMap();
        return writer.Encode();
    }
}
