using System.Text.Json.Nodes;
using NJsonSchema;

namespace CrossProvince.Integration.Tests.OpenInterface;

/// <summary>An OpenAPI document as its reader sees it.</summary>
internal sealed class DescribedInterface
{
    private const string Schemas = "#/components/schemas/";

    private DescribedInterface(string text)
    {
        Text = text;
        Root = JsonNode.Parse(text)!.AsObject();
    }

    internal string Text { get; }

    internal JsonObject Root { get; }

    internal IEnumerable<DescribedOperation> Operations => Root["paths"]!.AsObject().SelectMany(
        path => path.Value!.AsObject().Select(verb => new DescribedOperation(path.Key, verb.Key, verb.Value!)));

    internal static async Task<DescribedInterface> ReadAsync(HttpClient http) => new(await http.GetStringAsync(new Uri("/openapi/v1.json", UriKind.Relative)));

    /// <summary>Follows a reference, if it is one.</summary>
    internal JsonNode Resolve(JsonNode node)
    {
        if ((string?)node["$ref"] is not { } reference)
        {
            return node;
        }

        return reference.TrimStart('#', '/').Split('/').Aggregate((JsonNode)Root, (at, name) => at[name] ?? throw new ArgumentException($"{reference} leads nowhere.", nameof(node)));
    }

    /// <summary>Demands that a value is what a schema of the document says, and for answers also that it has no field that the schema does not name.</summary>
    internal async Task AssertFitsAsync(JsonNode schema, string value, string where)
    {
        var definitions = Root["components"]!["schemas"]!.DeepClone().AsObject();
        foreach (var (name, definition) in definitions)
        {
            // A detail of an error is the message and its @type; everything else is whole.
            if (definition!["properties"] is not null && (!name.StartsWith("google.", StringComparison.Ordinal) || name == "google.rpc.Status"))
            {
                definition["additionalProperties"] = false;
            }
        }

        var whole = new JsonObject { ["allOf"] = new JsonArray(schema.DeepClone()), ["definitions"] = definitions };
        var checker = await JsonSchema.FromJsonAsync(whole.ToJsonString().Replace(Schemas, "#/definitions/", StringComparison.Ordinal));

        Assert.That(checker.Validate(value).Select(e => e.ToString()), Is.Empty, $"{where} {value}");
    }
}

/// <summary>One operation of a document.</summary>
internal sealed record DescribedOperation(string Path, string Verb, JsonNode Description)
{
    internal string Id => (string)Description["operationId"]!;

    internal bool IsRpc => (string)Description["tags"]![0]! != "StatusIndex";

    /// <summary>Names of the ways in which a caller may be known; none when it is open to anyone.</summary>
    internal IEnumerable<string> Security => Description["security"]!.AsArray().Select(s => s!.AsObject().Single().Key);

    internal JsonNode? Body => Description["requestBody"]?["content"]?["application/json"];
}
