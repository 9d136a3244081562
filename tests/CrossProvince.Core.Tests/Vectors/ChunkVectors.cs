using System.Text.Json.Nodes;
using CrossProvince.Core.Signatures;
using CrossProvince.Core.Status;
using CrossProvince.Tests;
using static CrossProvince.Core.Tests.Vectors.DocumentVector;

namespace CrossProvince.Core.Tests.Vectors;

/// <summary>chunks.json.</summary>
internal static class ChunkVectors
{
    internal static JsonObject Make()
    {
        var (index, snapshot, _) = IndexVector.All[0].Build();
        var (first, second) = (snapshot.Lists[0].EncodeChunk(0), snapshot.Lists[1].EncodeChunk(1));
        return File(
            "Chunks of 110000's lists as they stand in indexes.json under beijing. hash is what the hashes of the signed root say; a chunk with another, or that contradicts itself, is refused.",
            Taken("chunk", "The first chunk of the first list.", first, 0, 0, index),
            Taken("chunk-of-another-list", "The second chunk of the second list.", second, 1, 1, index),
            Taken("chunk-newer", "Map keys that this version does not know: they are ignored, and the hash is over what came.", NewerMap.Of(first), 0, 0, index),
            Refused("chunk-changed", "One bit of a tag, under the hash of before.", CodeParts.Flip([.. first], 100), 0, 0, first),
            Refused("chunk-of-another-place", "Sent as chunk 0, and says that it is chunk 1.", With(first, "chunk", _ => [0x01]), 0, 0),
            Refused("chunk-status-without-reason", "An entry that is not in force, without a reason.", With(first, "reasons", _ => [0xA0]), 0, 0),
            Refused("chunk-too-short", "Statuses of 1,023 bytes.", With(first, "status", status => [0x59, 0x03, 0xFF, .. status[4..]]), 0, 0));
    }

    private static JsonObject Taken(string id, string why, byte[] chunk, int list, int number, RegionIndex index) => Of(
        id,
        why,
        chunk,
        Accepted(("entries", new JsonArray([.. VectorLicence.All
            .Where(licence => licence.Region == VectorWorld.Beijing && licence.List == list && licence.Index / StatusList.ChunkSize == number)
            .Select(licence => IndexVector.Entry(list, licence.Index, index.Find(list, licence.Index)))]))),
        Given(list, number, chunk));

    private static JsonObject Refused(string id, string why, byte[] chunk, int list, int number, byte[]? hashed = null) => Of(id, why, chunk, null, Given(list, number, hashed ?? chunk));

    private static (string Name, JsonNode? Value)[] Given(int list, int number, byte[] chunk) => [("list", list), ("chunk", number), ("hash", Convert.ToHexStringLower(Sm3.Hash(chunk)))];
}
