using System.Globalization;
using System.Text.Json.Nodes;
using Google.Api;
using Google.Protobuf.Reflection;
using ServiceDescriptor = Google.Protobuf.Reflection.ServiceDescriptor;

namespace CrossProvince.Service.OpenInterface;

/// <summary>The OpenAPI 3.1 document of the JSON interface, made from the rpcs' own HTTP rules: it cannot say anything else than what is served.</summary>
internal static class OpenApiDocument
{
    private const string Json = "application/json";

    /// <summary>Writes the document.</summary>
    /// <param name="services">The services whose rpcs are served as JSON.</param>
    public static JsonObject Write(IEnumerable<ServiceDescriptor> services)
    {
        var paths = new JsonObject();
        var schemas = new Dictionary<string, JsonNode>(StringComparer.Ordinal);
        foreach (var method in services.SelectMany(s => s.Methods))
        {
            if (method.GetOptions()?.GetExtension(AnnotationsExtensions.Http) is { } rule)
            {
                AddOperation(paths, method, rule, schemas);
            }
        }

        AddSchema(Google.Rpc.Status.Descriptor, schemas);
        return new JsonObject
        {
            ["openapi"] = "3.1.0",
            ["info"] = new JsonObject { ["title"] = "CrossProvince", ["version"] = "1" },
            ["paths"] = paths,
            ["components"] = new JsonObject
            {
                ["schemas"] = new JsonObject(schemas.OrderBy(s => s.Key, StringComparer.Ordinal).Select(s => KeyValuePair.Create(s.Key, (JsonNode?)s.Value))),
                ["securitySchemes"] = new JsonObject
                {
                    ["token"] = new JsonObject { ["type"] = "http", ["scheme"] = "bearer", ["bearerFormat"] = "JWT" },
                    ["certificate"] = new JsonObject { ["type"] = "mutualTLS" },
                },
            },
        };
    }

    private static void AddOperation(JsonObject paths, MethodDescriptor method, HttpRule rule, Dictionary<string, JsonNode> schemas)
    {
        var (verb, path) = rule.PatternCase switch
        {
            HttpRule.PatternOneofCase.Get => ("get", rule.Get),
            HttpRule.PatternOneofCase.Post => ("post", rule.Post),
            HttpRule.PatternOneofCase.Put => ("put", rule.Put),
            HttpRule.PatternOneofCase.Patch => ("patch", rule.Patch),
            HttpRule.PatternOneofCase.Delete => ("delete", rule.Delete),
            _ => throw new InvalidOperationException($"{method.FullName} has an HTTP rule of a kind that is not served."),
        };
        var inPath = method.InputType.Fields.InDeclarationOrder().Where(f => path.Contains($"{{{f.Name}}}", StringComparison.Ordinal)).ToList();
        var parameters = new JsonArray([.. inPath.Select(f => Parameter(f, "path", schemas))]);
        var operation = new JsonObject
        {
            ["operationId"] = $"{method.Service.Name}_{method.Name}",
            ["tags"] = new JsonArray(method.Service.Name),
        };
        if (rule.Body == "*")
        {
            operation["requestBody"] = new JsonObject { ["required"] = true, ["content"] = Content(AddSchema(method.InputType, schemas)) };
        }
        else
        {
            foreach (var field in method.InputType.Fields.InDeclarationOrder().Where(f => !inPath.Contains(f)))
            {
                parameters.Add(Parameter(field, "query", schemas));
            }
        }

        var answer = rule.ResponseBody.Length == 0 ? AddSchema(method.OutputType, schemas) : Schema(method.OutputType.FindFieldByName(rule.ResponseBody), schemas);
        operation["parameters"] = parameters;
        operation["responses"] = new JsonObject
        {
            ["200"] = new JsonObject { ["description"] = "The answer.", ["content"] = Content(answer) },
            ["default"] = new JsonObject { ["description"] = "No answer was reached; the status says why.", ["content"] = Content(Reference(Google.Rpc.Status.Descriptor)) },
        };
        var item = paths[path] as JsonObject ?? [];
        paths[path] = item;
        item[verb] = operation;
    }

    private static JsonObject Content(JsonNode schema) => new() { [Json] = new JsonObject { ["schema"] = schema } };

    private static JsonObject Parameter(FieldDescriptor field, string where, Dictionary<string, JsonNode> schemas) => new()
    {
        ["name"] = where == "path" ? field.Name : field.JsonName,
        ["in"] = where,
        ["required"] = where == "path",
        ["schema"] = Schema(field, schemas),
    };

    private static JsonObject AddSchema(MessageDescriptor type, Dictionary<string, JsonNode> schemas)
    {
        if (schemas.TryAdd(type.FullName, new JsonObject()))
        {
            var properties = new JsonObject(type.Fields.InDeclarationOrder().Select(f => KeyValuePair.Create(f.JsonName, (JsonNode?)Schema(f, schemas))));
            schemas[type.FullName] = new JsonObject { ["type"] = "object", ["properties"] = properties, ["additionalProperties"] = false };
        }

        return Reference(type);
    }

    private static JsonObject Reference(MessageDescriptor type) => new() { ["$ref"] = $"#/components/schemas/{type.FullName}" };

    private static JsonObject Schema(FieldDescriptor field, Dictionary<string, JsonNode> schemas)
    {
        if (field.IsMap)
        {
            return new JsonObject { ["type"] = "object", ["additionalProperties"] = SingleSchema(field.MessageType.FindFieldByNumber(2), schemas) };
        }

        return field.IsRepeated ? new JsonObject { ["type"] = "array", ["items"] = SingleSchema(field, schemas) } : SingleSchema(field, schemas);
    }

    /// <summary>ProtoJSON's form of one value: 64-bit integers are strings, bytes are Base64, enums are names.</summary>
    private static JsonObject SingleSchema(FieldDescriptor field, Dictionary<string, JsonNode> schemas) => field.FieldType switch
    {
        FieldType.Bool => new JsonObject { ["type"] = "boolean" },
        FieldType.Int32 or FieldType.SInt32 or FieldType.SFixed32 or FieldType.UInt32 or FieldType.Fixed32 => new JsonObject { ["type"] = "integer", ["format"] = "int32" },
        FieldType.Int64 or FieldType.SInt64 or FieldType.SFixed64 or FieldType.UInt64 or FieldType.Fixed64 => new JsonObject { ["type"] = "string", ["format"] = "int64" },
        FieldType.Bytes => new JsonObject { ["type"] = "string", ["contentEncoding"] = "base64" },
        FieldType.Enum => new JsonObject { ["type"] = "string", ["enum"] = new JsonArray([.. field.EnumType.Values.Select(v => (JsonNode)v.Name)]) },
        FieldType.Message => MessageSchema(field.MessageType, schemas),
        FieldType.String => new JsonObject { ["type"] = "string" },
        _ => throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"{field.FullName} has a type that JSON has no form for here.")),
    };

    private static JsonObject MessageSchema(MessageDescriptor type, Dictionary<string, JsonNode> schemas) => type.FullName switch
    {
        "google.protobuf.Timestamp" => new JsonObject { ["type"] = "string", ["format"] = "date-time" },
        "google.protobuf.Any" => new JsonObject { ["type"] = "object" },
        _ => AddSchema(type, schemas),
    };
}
