using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace CrossProvince.Core.Tests.Vectors;

/// <summary>The files of tests/Vectors that are made, not written by hand.</summary>
internal static class VectorFiles
{
    private static readonly JsonSerializerOptions s_json = new() { WriteIndented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    internal static IReadOnlyDictionary<string, Func<JsonObject>> All { get; } = new Dictionary<string, Func<JsonObject>>
    {
        ["keys.json"] = VectorKeys.Describe,
        ["trust-lists.json"] = TrustListVectors.Make,
        ["indexes.json"] = MakeIndexes,
        ["codes.json"] = CodeVectors.Make,
        ["heads.json"] = HeadVectors.Make,
        ["feed-batches.json"] = FeedVectors.Make,
        ["chunks.json"] = ChunkVectors.Make,
        ["status-tokens.json"] = TokenVectors.Make,
        ["receipts.json"] = ReceiptVectors.Make,
    };

    internal static string Write(JsonObject file) => file.ToJsonString(s_json) + "\n";

    internal static JsonObject Read(string name) => JsonNode.Parse(File.ReadAllText(VectorWorld.FileOf(name)))!.AsObject();

    /// <summary>The cases of a file.</summary>
    internal static IEnumerable<JsonObject> CasesOf(string name) => Read(name)["cases"]!.AsArray().Select(node => node!.AsObject());

    internal static byte[] Hex(JsonNode? node) => Convert.FromHexString((string)node!);

    private static JsonObject MakeIndexes() => new()
    {
        ["about"] = "Copies of licence indexes: applying the batches in order to an empty one, then following the head, gives what expect says. Codes name by indexes those that are held.",
        ["indexes"] = new JsonArray([.. IndexVector.All.Select(index => index.ToJson())]),
    };
}
