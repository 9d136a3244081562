using System.Text.Json.Nodes;
using Google.Api;
using Google.Protobuf.Reflection;
using ServiceDescriptor = Google.Protobuf.Reflection.ServiceDescriptor;

namespace CrossProvince.Service.OpenInterface;

/// <summary>The OpenAPI 3.1 document of one listener, made from the rpcs' own HTTP rules, comments and field behaviours.</summary>
internal static class OpenApiDocument
{
    private const string Json = "application/json";

    private const string Introduction =
        """
        Every rpc that is not a stream, as HTTP with JSON.

        - Field names are written as here; the names of the protos (`licence_id`) are taken too. 64-bit integers are strings, bytes are Base64, times are RFC 3339. `null` is the same as leaving a field out.
        - A field or parameter that the request does not have, or one given twice, is answered with 400, and the answer names it.
        - A verdict is an answer, with status 200, also when it refuses the code. Any other status means that no decision was reached: never read it as a refusal.
        - Errors are `google.rpc.Status`, with details for programs.
        """;

    private static readonly (string Name, string Http, string Description)[] s_errors =
    [
        ("Invalid", "400", "A field is missing or wrong (`BadRequest` names it), or the state of things does not allow it (`ErrorInfo.reason` says why)."),
        ("Unauthenticated", "401", "No certificate or token that this node accepts."),
        ("Denied", "403", "This caller may not do this."),
        ("NotFound", "404", "There is no such thing, or none that this caller may see."),
        ("Exhausted", "429", "Too much at once: try again after `RetryInfo`."),
        ("Unavailable", "503", "The node can't answer now and did nothing: try again after `RetryInfo`."),
        ("Failed", "default", "No answer was reached."),
    ];

    /// <summary>Writes the document.</summary>
    /// <param name="services">The services whose rpcs are served as JSON.</param>
    /// <param name="certificates">Whether the listener takes client certificates; it then also serves what partners read.</param>
    public static JsonObject Write(IReadOnlyList<ServiceDescriptor> services, bool certificates)
    {
        var schemas = new OpenApiSchemas();
        var paths = new JsonObject();
        foreach (var method in services.SelectMany(s => s.Methods))
        {
            if (method.GetOptions()?.GetExtension(AnnotationsExtensions.Http) is { } rule)
            {
                AddOperation(paths, method, rule, schemas, certificates);
            }
        }

        var status = schemas.Reference(Google.Rpc.Status.Descriptor);
        var securitySchemes = new JsonObject
        {
            ["token"] = new JsonObject
            {
                ["type"] = "http",
                ["scheme"] = "bearer",
                ["bearerFormat"] = "JWT",
                ["description"] = "A token of a holder or an operator, from an identity provider that the node accepts.",
            },
        };
        var tags = services.Select(s => (JsonNode)new JsonObject { ["name"] = s.Name, ["description"] = string.Join("\n\n", ProtoComments.Paragraphs(s.FullName)) }).ToList();
        if (certificates)
        {
            securitySchemes["certificate"] = new JsonObject { ["type"] = "mutualTLS", ["description"] = "A certificate with the name urn:crossprovince:REGION:ROLE:ORGANISATION." };
            OpenApiResources.Add(paths, tags);
        }

        return new JsonObject
        {
            ["openapi"] = "3.1.0",
            ["info"] = new JsonObject { ["title"] = "CrossProvince", ["version"] = "1", ["description"] = Introduction },
            ["tags"] = new JsonArray([.. tags]),
            ["paths"] = paths,
            ["components"] = new JsonObject
            {
                ["schemas"] = schemas.ToJson(),
                ["responses"] = new JsonObject(s_errors.Select(e => KeyValuePair.Create(
                    e.Name, (JsonNode?)new JsonObject { ["description"] = e.Description, ["content"] = Content(status.DeepClone()) }))),
                ["securitySchemes"] = securitySchemes,
            },
        };
    }

    /// <summary>Fields of an rpc's request that stand in the path.</summary>
    public static List<FieldDescriptor> FieldsInPath(MessageDescriptor type, HttpRule rule)
    {
        var path = Pattern(rule).Path;
        return [.. type.Fields.InDeclarationOrder().Where(f => path.Contains($"{{{f.Name}}}", StringComparison.Ordinal))];
    }

    private static (string Verb, string Path) Pattern(HttpRule rule) => rule.PatternCase switch
    {
        HttpRule.PatternOneofCase.Get => ("get", rule.Get),
        HttpRule.PatternOneofCase.Post => ("post", rule.Post),
        HttpRule.PatternOneofCase.Put => ("put", rule.Put),
        HttpRule.PatternOneofCase.Patch => ("patch", rule.Patch),
        HttpRule.PatternOneofCase.Delete => ("delete", rule.Delete),
        _ => throw new InvalidOperationException($"The HTTP rule {rule} is of a kind that is not served."),
    };

    private static void AddOperation(JsonObject paths, MethodDescriptor method, HttpRule rule, OpenApiSchemas schemas, bool certificates)
    {
        var (verb, path) = Pattern(rule);
        var inPath = FieldsInPath(method.InputType, rule);
        var comment = ProtoComments.Paragraphs(method.FullName);
        var security = Security(method.Service, certificates);
        var operation = new JsonObject
        {
            ["operationId"] = $"{method.Service.Name}_{method.Name}",
            ["tags"] = new JsonArray(method.Service.Name),
            ["summary"] = comment[0],
            ["security"] = security,
            ["parameters"] = new JsonArray([.. inPath.Select(f => Parameter(f, "path", schemas))]),
        };
        if (comment.Count > 1)
        {
            operation["description"] = string.Join("\n\n", comment.Skip(1));
        }

        if (rule.Body == "*")
        {
            var content = Content(schemas.Request(method.InputType, inPath));
            if (OpenApiExamples.Find(method.FullName) is { } example)
            {
                content[Json]!["example"] = example;
            }

            operation["requestBody"] = new JsonObject { ["required"] = true, ["content"] = content };
        }
        else
        {
            foreach (var field in method.InputType.Fields.InDeclarationOrder().Except(inPath))
            {
                operation["parameters"]!.AsArray().Add(Parameter(field, "query", schemas));
            }
        }

        var answer = rule.ResponseBody.Length == 0 ? schemas.Reference(method.OutputType) : schemas.Value(method.OutputType.FindFieldByName(rule.ResponseBody));
        var responses = new JsonObject { ["200"] = new JsonObject { ["description"] = "The answer.", ["content"] = Content(answer) } };
        foreach (var (name, http, _) in s_errors.Where(e => MayAnswer(e.Http, comment, isOpen: security.Count == 0)))
        {
            responses[http] = new JsonObject { ["$ref"] = $"#/components/responses/{name}" };
        }

        operation["responses"] = responses;
        var item = paths[path] as JsonObject ?? [];
        paths[path] = item;
        item[verb] = operation;
    }

    /// <summary>What an operation asks of its caller: one of these. None means that it is open to anyone.</summary>
    private static JsonArray Security(ServiceDescriptor service, bool certificates)
    {
        string[] known = service.Name switch
        {
            "PresentationService" => ["token"],
            "VerificationService" => ["certificate", "token"],
            "LicenceService" => ["certificate"],
            "CatalogueService" => [],
            "OperationsService" => ["token"],
            _ => throw new InvalidOperationException($"Who may call {service.FullName} is not said here."),
        };
        return new JsonArray([.. known.Where(k => certificates || k != "certificate").Select(k => (JsonNode)new JsonObject { [k] = new JsonArray() })]);
    }

    /// <summary>Whether an operation may answer with a status. Who is known may still be denied; what is missing, its comment says.</summary>
    private static bool MayAnswer(string http, IReadOnlyList<string> comment, bool isOpen) => http switch
    {
        "401" or "403" => !isOpen,
        "404" => comment.Any(p => p.Contains("NOT_FOUND", StringComparison.Ordinal)),
        _ => true,
    };

    private static JsonObject Content(JsonNode schema) => new() { [Json] = new JsonObject { ["schema"] = schema } };

    private static JsonObject Parameter(FieldDescriptor field, string where, OpenApiSchemas schemas)
    {
        var schema = schemas.Value(field);
        var description = schema["description"]?.DeepClone();
        schema.Remove("description");
        return new JsonObject
        {
            ["name"] = where == "path" ? field.Name : field.JsonName,
            ["in"] = where,
            ["required"] = where == "path" || OpenApiSchemas.IsRequired(field),
            ["description"] = description,
            ["schema"] = schema,
        };
    }
}
