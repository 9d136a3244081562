using System.Formats.Cbor;
using System.Text.Json.Nodes;
using CrossProvince.Core.Signatures;
using CrossProvince.Core.Trust;
using CrossProvince.Core.Verification;
using CrossProvince.Tests;
using static CrossProvince.Core.Tests.Vectors.DocumentVector;

namespace CrossProvince.Core.Tests.Vectors;

/// <summary>trust-lists.json.</summary>
internal static class TrustListVectors
{
    internal static JsonObject Make()
    {
        var federation = VectorWorld.Federation;
        var payload = TrustListDocument.EncodePayload(federation);
        var two = Sign(payload, "root-1", "root-3");
        var file = File(
            "Trust lists and whether they are taken: COSE_Sign, two of the three root keys. Codes name by trustList the one that they are judged by.",
            Taken("federation", "Signed by two of the three roots.", two, federation),
            Taken("signed-by-three", "Signed by all three.", Sign(payload, "root-1", "root-2", "root-3"), federation),
            Taken("newer", "Map keys that this version does not know, in the list and in every region and key: they are ignored.", Sign(Newer(payload), "root-2", "root-3"), federation),
            Taken("stranger-signs-too", "A third signature, of nobody's key, counts for nothing and does no harm.", Sign(payload, "root-1", "nobody", "root-2"), federation),
            Ends("expired", "Expired a second ago, and 7 days of grace begin.", VectorWorld.Now - 1),
            Ends("nearly-too-old", "The last second of the 7 days.", VectorWorld.Now - TrustFreshness.GraceSeconds + 1),
            Ends("too-old", "7 days past its end.", VectorWorld.Now - TrustFreshness.GraceSeconds),
            Refused("one-root", "Signed by one root only.", Sign(payload, "root-1")),
            Refused("one-root-twice", "One root signed twice.", Sign(payload, "root-2", "root-2")),
            Refused("one-root-and-a-stranger", "A root and a key that is none.", Sign(payload, "root-1", "nobody")),
            Refused("one-signature-wrong", "One bit of the second root's signature.", CodeParts.Flip([.. two], two.Length - 1)),
            Refused("signed-as-a-head", "Signed under external_aad CP1-HEAD.", CoseSign.Sign(Keys("root-1", "root-2"), "CP1-HEAD"u8, payload)),
            Refused("changed-content", "The version after it was signed.", Changed(two, payload)),
            Refused("root-as-key", "A root key stands there as a region's key.", Sign(With(payload, "regions", RootAsKey), "root-1", "root-2")),
            Refused("no-version", "A field that must be there is not.", Sign(Without(payload, "version"), "root-1", "root-2")),
            Refused("keys-out-of-order", "The keys of the map are not in canonical order.", Sign(Disordered(payload), "root-1", "root-2")),
            Refused("byte-behind", "A byte follows.", [.. two, 0]),
            Refused("cut", "The last byte is missing.", two[..^1]));
        file["roots"] = new JsonArray([.. VectorWorld.Roots.Keys.Select(root => JsonValue.Create(Convert.ToHexStringLower(root.Spki.Span)))]);
        file["threshold"] = VectorWorld.Roots.Threshold;
        return file;
    }

    private static JsonObject Taken(string id, string why, byte[] document, TrustList list) => Of(id, why, document, Accepted(
        ("version", list.Version),
        ("iat", list.IssuedAt),
        ("exp", list.ExpiresAt),
        ("catalogueHash", Convert.ToHexStringLower(list.CatalogueHash.Span)),
        ("regions", new JsonArray([.. list.Regions.Select(Region)]))));

    private static JsonObject Ends(string id, string why, long expiresAt)
    {
        var list = new TrustList(6, expiresAt - 1000, expiresAt, VectorWorld.Federation.Regions, VectorWorld.Federation.CatalogueHash);
        return Taken(id, why, Sign(TrustListDocument.EncodePayload(list), "root-1", "root-2"), list);
    }

    private static JsonObject Refused(string id, string why, byte[] document) => Of(id, why, document, null);

    private static JsonObject Region(TrustedRegion region) => new()
    {
        ["code"] = region.Code.ToString(),
        ["endpoint"] = region.ApiEndpoint,
        ["listBound"] = region.ListBound,
        ["keys"] = new JsonArray([.. region.Keys.Select(Key)]),
    };

    private static JsonObject Key(TrustedKey key)
    {
        var json = new JsonObject { ["kid"] = key.Key.Id.ToString(), ["use"] = key.Use.ToString().ToLowerInvariant(), ["notBefore"] = key.NotBefore, ["notAfter"] = key.NotAfter };
        if (key.Types is { } types)
        {
            json["types"] = new JsonArray([.. types.Select(type => JsonValue.Create(type))]);
        }

        if (key.RetiredAt is { } retiredAt)
        {
            json["retiredAt"] = retiredAt;
        }

        if (key.CompromisedAt is { } compromisedAt)
        {
            json["compromisedAt"] = compromisedAt;
        }

        return json;
    }

    private static byte[] Sign(byte[] payload, params string[] keys) => CoseSign.Sign(Keys(keys), TrustListDocument.ExternalAad, payload);

    private static ISigner[] Keys(params string[] names) => [.. names.Select(VectorKeys.Of)];

    /// <summary>Unknown keys in the list and in each map below regions.</summary>
    private static byte[] Newer(byte[] payload) => NewerMap.Of(With(payload, "regions", regions => Each(regions, region => NewerMap.Of(With(region, "keys", keys => Each(keys, NewerMap.Of))))));

    private static byte[] RootAsKey(byte[] regions) => Each(regions, region => With(region, "keys", keys => Each(keys, key => With(key, "spki", _ => Bytes(VectorKeys.Of("root-3").PublicKey.Spki.Span)))));

    private static byte[] Each(byte[] array, Func<byte[], byte[]> change)
    {
        var (reader, writer) = (new CborReader(array), new CborWriter(CborConformanceMode.Lax));
        var count = reader.ReadStartArray()!.Value;
        writer.WriteStartArray(count);
        for (var i = 0; i < count; i++)
        {
            writer.WriteEncodedValue(change(reader.ReadEncodedValue().ToArray()));
        }

        writer.WriteEndArray();
        return writer.Encode();
    }

    private static byte[] Bytes(ReadOnlySpan<byte> bytes)
    {
        var writer = new CborWriter();
        writer.WriteByteString(bytes);
        return writer.Encode();
    }

    private static byte[] Without(byte[] map, string key)
    {
        var (reader, writer) = (new CborReader(map), new CborWriter(CborConformanceMode.Lax));
        var fields = reader.ReadStartMap()!.Value;
        writer.WriteStartMap(fields - 1);
        for (var i = 0; i < fields; i++)
        {
            var name = reader.ReadTextString();
            var value = reader.ReadEncodedValue();
            if (name != key)
            {
                writer.WriteTextString(name);
                writer.WriteEncodedValue(value.Span);
            }
        }

        writer.WriteEndMap();
        return writer.Encode();
    }

    /// <summary>The first two fields of the map change places.</summary>
    private static byte[] Disordered(byte[] map)
    {
        var (reader, writer) = (new CborReader(map), new CborWriter(CborConformanceMode.Lax));
        var fields = reader.ReadStartMap()!.Value;
        var pairs = Enumerable.Range(0, fields).Select(_ => (Name: reader.ReadTextString(), Value: reader.ReadEncodedValue().ToArray())).ToArray();
        (pairs[0], pairs[1]) = (pairs[1], pairs[0]);
        writer.WriteStartMap(fields);
        foreach (var (name, value) in pairs)
        {
            writer.WriteTextString(name);
            writer.WriteEncodedValue(value);
        }

        writer.WriteEndMap();
        return writer.Encode();
    }

    /// <summary>Another version in the signed document.</summary>
    private static byte[] Changed(byte[] document, byte[] payload)
    {
        var other = With(payload, "version", _ => [0x08]);
        var at = document.AsSpan().IndexOf(payload);
        return [.. document[..at], .. other, .. document[(at + payload.Length)..]];
    }
}
