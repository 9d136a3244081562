using System.Text.Json.Nodes;
using CrossProvince.Core.Status;

namespace CrossProvince.Service.OpenInterface;

/// <summary>What partners read that is no rpc: heads, chunks and status lists, as signed documents or plain bytes (StatusIndex, docs/signed-documents.md).</summary>
internal static class OpenApiResources
{
    private const string Tag = "StatusIndex";

    /// <summary>Adds them to a document.</summary>
    public static void Add(JsonObject paths, List<JsonNode> tags)
    {
        tags.Add(new JsonObject { ["name"] = Tag, ["description"] = "The licence index of the regions, as this node holds it." });
        paths["/v1/heads/{region}"] = Get("Head", "The newest signed head of a region.", "application/cose", "COSE_Sign1.", token: false, [Region()]);
        paths["/v1/lists/{region}/{list}/chunkHashes"] = Get(
            "ChunkHashes", "SM3 hashes of the chunks of a list, in order, 32 bytes each.", "application/octet-stream", "The hashes.", token: false,
            [Region(), Number("list", "Number of the list."), Hash("root", "The root that the hashes must have; without it, the newest.")]);
        paths["/v1/lists/{region}/{list}/chunks/{chunk}"] = Get(
            "Chunk", "One chunk of a list: statuses and tags of its entries.", "application/cbor", "CBOR.", token: false,
            [Region(), Number("list", "Number of the list."), Number("chunk", "Number of the chunk, from 0."), Hash("hash", "The hash that the chunk must have; without it, the newest.")]);
        paths["/v1/statuslists/{region}/{list}"] = Get(
            "StatusList", "A list of this node's own region as IETF Status List Token.", StatusListToken.MediaType, "COSE_Sign1.", token: true,
            [Region(), Number("list", "Number of the list.")]);
    }

    private static JsonObject Get(string name, string summary, string mediaType, string content, bool token, JsonArray parameters)
    {
        var security = new JsonArray(new JsonObject { ["certificate"] = new JsonArray() });
        if (token)
        {
            security.Add(new JsonObject { ["token"] = new JsonArray() });
        }

        var responses = new JsonObject
        {
            ["200"] = new JsonObject { ["description"] = content, ["content"] = new JsonObject { [mediaType] = new JsonObject() } },
            ["401"] = Error("Unauthenticated"),
            ["403"] = Error("Denied"),
            ["404"] = Error("NotFound"),
            ["429"] = Error("Exhausted"),
            ["default"] = Error("Failed"),
        };

        return new JsonObject
        {
            ["get"] = new JsonObject
            {
                ["operationId"] = $"{Tag}_{name}",
                ["tags"] = new JsonArray(Tag),
                ["summary"] = summary,
                ["security"] = security,
                ["parameters"] = parameters,
                ["responses"] = responses,
            },
        };
    }

    private static JsonObject Error(string name) => new() { ["$ref"] = $"#/components/responses/{name}" };

    private static JsonObject Region() => Parameter("region", "path", "Six digits of GB/T 2260.", new JsonObject { ["type"] = "string", ["pattern"] = "^[0-9]{6}$" });

    private static JsonObject Number(string name, string description) => Parameter(name, "path", description, new JsonObject { ["type"] = "integer", ["format"] = "int32", ["minimum"] = 0 });

    private static JsonObject Hash(string name, string description) =>
        Parameter(name, "query", $"{description} 64 hexadecimal digits.", new JsonObject { ["type"] = "string", ["pattern"] = "^[0-9A-Fa-f]{64}$" });

    private static JsonObject Parameter(string name, string where, string description, JsonObject schema) => new()
    {
        ["name"] = name,
        ["in"] = where,
        ["required"] = where == "path",
        ["description"] = description,
        ["schema"] = schema,
    };
}
