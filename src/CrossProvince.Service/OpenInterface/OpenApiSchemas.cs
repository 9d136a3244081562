using System.Text.Json.Nodes;
using Google.Api;
using Google.Protobuf.Reflection;

namespace CrossProvince.Service.OpenInterface;

/// <summary>JSON Schemas of messages in the form of ProtoJSON, each under its full name.</summary>
internal sealed class OpenApiSchemas
{
    private const string DetailPackage = "google.rpc";

    private readonly SortedDictionary<string, JsonNode> _schemas = new(StringComparer.Ordinal);
    private readonly HashSet<string> _requests = new(StringComparer.Ordinal);

    /// <summary>The schemas that were referred to so far.</summary>
    public JsonObject ToJson() => new(_schemas.Select(s => KeyValuePair.Create(s.Key, (JsonNode?)s.Value)));

    /// <summary>What a request's body must be.</summary>
    /// <param name="type">The request.</param>
    /// <param name="elsewhere">Fields that stand in the path.</param>
    public JsonObject Request(MessageDescriptor type, IReadOnlyCollection<FieldDescriptor> elsewhere)
    {
        MarkRequest(type);
        return elsewhere.Count == 0 ? Reference(type) : ObjectOf(type, type.Fields.InDeclarationOrder().Except(elsewhere));
    }

    /// <summary>What an answer, or a part of one, is.</summary>
    public JsonObject Reference(MessageDescriptor type)
    {
        if (!_schemas.ContainsKey(type.FullName))
        {
            // First the name: a message may hold messages of its own kind.
            _schemas[type.FullName] = new JsonObject();
            _schemas[type.FullName] = type.FullName == "google.protobuf.Any" ? Detail() : ObjectOf(type, type.Fields.InDeclarationOrder());
        }

        return new JsonObject { ["$ref"] = $"#/components/schemas/{type.FullName}" };
    }

    /// <summary>The value of a field, with its comment.</summary>
    public JsonObject Value(FieldDescriptor field)
    {
        var schema = field.IsMap ? new JsonObject { ["type"] = "object", ["additionalProperties"] = Single(field.MessageType.FindFieldByNumber(2)) }
            : field.IsRepeated ? new JsonObject { ["type"] = "array", ["items"] = Single(field) }
            : Single(field);
        var paragraphs = ProtoComments.Paragraphs(field.FullName);
        if (paragraphs.Count > 0)
        {
            schema["description"] = field.File.Package == DetailPackage ? paragraphs[0] : string.Join("\n\n", paragraphs);
        }

        return schema;
    }

    /// <summary>Whether a request without the field is refused.</summary>
    public static bool IsRequired(FieldDescriptor field) =>
        field.GetOptions()?.GetExtension(FieldBehaviorExtensions.FieldBehavior) is { } behaviour && behaviour.Contains(FieldBehavior.Required);

    private JsonObject ObjectOf(MessageDescriptor type, IEnumerable<FieldDescriptor> fields)
    {
        var members = fields.ToList();
        var schema = new JsonObject { ["type"] = "object" };
        if (ProtoComments.Summary(type.FullName) is { Length: > 0 } summary)
        {
            schema["description"] = summary;
        }

        schema["properties"] = new JsonObject(members.Select(f => KeyValuePair.Create(f.JsonName, (JsonNode?)Value(f))));

        // An answer always has what can't be absent: values of their default are written too, but not in errors that are no rpc's.
        var request = _requests.Contains(type.FullName);
        var required = members.Where(f => request ? IsRequired(f) : !f.HasPresence && f.File.Package != DetailPackage).Select(f => (JsonNode)f.JsonName).ToArray();
        if (required.Length > 0)
        {
            schema["required"] = new JsonArray(required);
        }

        // An answer may get more fields in time; a request with a field that the node does not know is refused.
        if (request)
        {
            schema["additionalProperties"] = false;
        }

        return schema;
    }

    private void MarkRequest(MessageDescriptor type)
    {
        if (_schemas.ContainsKey(type.FullName) && !_requests.Contains(type.FullName))
        {
            throw new InvalidOperationException($"{type.FullName} is part of a request and of an answer: its fields can't be required in both alike.");
        }

        if (_requests.Add(type.FullName))
        {
            foreach (var part in type.Fields.InDeclarationOrder().Where(f => f is { FieldType: FieldType.Message, IsMap: false } && f.MessageType.File.Package != "google.protobuf"))
            {
                MarkRequest(part.MessageType);
            }
        }
    }

    private JsonObject Single(FieldDescriptor field) => field.FieldType switch
    {
        FieldType.Bool => new JsonObject { ["type"] = "boolean" },
        FieldType.String => new JsonObject { ["type"] = "string" },
        FieldType.Bytes => new JsonObject { ["type"] = "string", ["contentEncoding"] = "base64" },
        FieldType.Int32 or FieldType.SInt32 or FieldType.SFixed32 => new JsonObject { ["type"] = "integer", ["format"] = "int32" },
        FieldType.UInt32 or FieldType.Fixed32 => new JsonObject { ["type"] = "integer", ["format"] = "int64", ["minimum"] = 0, ["maximum"] = uint.MaxValue },

        // A double, which is what many readers of JSON make of a number, does not hold 64 bits.
        FieldType.Int64 or FieldType.SInt64 or FieldType.SFixed64 => new JsonObject { ["type"] = "string", ["format"] = "int64", ["pattern"] = "^-?[0-9]+$" },
        FieldType.UInt64 or FieldType.Fixed64 => new JsonObject { ["type"] = "string", ["format"] = "uint64", ["pattern"] = "^[0-9]+$" },
        FieldType.Enum => Enumeration(field.EnumType),
        FieldType.Message => field.MessageType.FullName switch
        {
            "google.protobuf.Timestamp" => new JsonObject { ["type"] = "string", ["format"] = "date-time" },
            "google.protobuf.Duration" => new JsonObject { ["type"] = "string", ["pattern"] = @"^-?[0-9]+(\.[0-9]{1,9})?s$" },
            _ => Reference(field.MessageType),
        },
        _ => throw new InvalidOperationException($"{field.FullName} has a type that the JSON interface has no form for."),
    };

    private JsonObject Enumeration(EnumDescriptor type)
    {
        if (!_schemas.ContainsKey(type.FullName))
        {
            var values = type.Values.Select(v => ProtoComments.Summary($"{type.File.Package}.{v.Name}") is { Length: > 0 } text ? $"- `{v.Name}`: {text}" : $"- `{v.Name}`");
            _schemas[type.FullName] = new JsonObject
            {
                ["type"] = "string",
                ["enum"] = new JsonArray([.. type.Values.Select(v => (JsonNode)v.Name)]),
                ["description"] = string.Join("\n\n", [.. ProtoComments.Paragraphs(type.FullName), string.Join('\n', values)]),
            };
        }

        return new JsonObject { ["$ref"] = $"#/components/schemas/{type.FullName}" };
    }

    /// <summary>A detail of an error: a message of google.rpc that says in <c>@type</c> which one it is.</summary>
    private JsonObject Detail()
    {
        var kinds = Google.Rpc.ErrorDetailsReflection.Descriptor.MessageTypes.Select(type => (JsonNode)new JsonObject
        {
            ["allOf"] = new JsonArray(
                Reference(type),
                new JsonObject { ["properties"] = new JsonObject { ["@type"] = new JsonObject { ["type"] = "string", ["enum"] = new JsonArray($"type.googleapis.com/{type.FullName}") } } }),
        });
        return new JsonObject
        {
            ["type"] = "object",
            ["description"] = "One detail of an error; readers pass over kinds that they do not know.",
            ["properties"] = new JsonObject { ["@type"] = new JsonObject { ["type"] = "string" } },
            ["required"] = new JsonArray("@type"),
            ["anyOf"] = new JsonArray([.. kinds]),
        };
    }
}
