using System.Buffers.Text;
using System.Globalization;
using System.Text.Json;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Google.Rpc;
using Microsoft.AspNetCore.Grpc.JsonTranscoding;

namespace CrossProvince.Service.OpenInterface;

/// <summary>
/// Refuses JSON requests with a field or parameter that the rpc does not have, that comes twice, or whose value has not the field's form:
/// a typing error must not pass for an empty field, and the answer names it.
/// </summary>
internal static class JsonFieldCheck
{
    private const int LargestBody = 4 * 1024 * 1024;

    private static readonly JsonFormatter s_json = new(
        JsonFormatter.Settings.Default.WithFormatDefaultValues(true).WithTypeRegistry(TypeRegistry.FromFiles(ErrorDetailsReflection.Descriptor)));

    /// <summary>To stand between routing and the endpoints.</summary>
    public static async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<GrpcJsonTranscodingMetadata>() is not { } rpc)
        {
            await next(context);
            return;
        }

        var type = rpc.MethodDescriptor.InputType;
        var inPath = OpenApiDocument.FieldsInPath(type, rpc.HttpRule);
        var problem = FindInQuery(context.Request.Query, rpc, inPath) ?? (rpc.HttpRule.Body.Length > 0 ? await FindInBodyAsync(context, type, inPath) : null);
        if (problem is null)
        {
            await next(context);
            return;
        }

        var status = new Google.Rpc.Status { Code = (int)Code.InvalidArgument, Message = problem.Field.Length == 0 ? problem.Text : $"{problem.Field}: {problem.Text}" };
        if (problem.Field.Length > 0)
        {
            status.Details.Add(Google.Protobuf.WellKnownTypes.Any.Pack(
                new BadRequest { FieldViolations = { new BadRequest.Types.FieldViolation { Field = problem.Field, Description = problem.Text } } }));
        }

        await Results.Text(s_json.Format(status), "application/json", statusCode: StatusCodes.Status400BadRequest).ExecuteAsync(context);
    }

    private static Problem? FindInQuery(IQueryCollection query, GrpcJsonTranscodingMetadata rpc, List<FieldDescriptor> inPath)
    {
        var seen = new HashSet<FieldDescriptor>();
        foreach (var (name, values) in query)
        {
            // Where the body is the whole request, nothing is read from the query.
            if (rpc.HttpRule.Body.Length > 0 || Find(rpc.MethodDescriptor.InputType, name) is not { } field || inPath.Contains(field))
            {
                return new(name, "the request has no such parameter.");
            }

            if (!seen.Add(field) || (values.Count > 1 && !field.IsRepeated))
            {
                return new(name, "comes twice.");
            }

            if (values.Select(value => FormOf(field, value ?? "")).FirstOrDefault(form => form is not null) is { } expected)
            {
                return new(name, $"must be {expected}.");
            }
        }

        return null;
    }

    private static async Task<Problem?> FindInBodyAsync(HttpContext context, MessageDescriptor type, List<FieldDescriptor> inPath)
    {
        context.Request.EnableBuffering(bufferThreshold: 64 * 1024, bufferLimit: LargestBody);
        try
        {
            using var body = await JsonDocument.ParseAsync(
                context.Request.Body, new JsonDocumentOptions { MaxDepth = 32, AllowDuplicateProperties = false }, context.RequestAborted);
            return body.RootElement.ValueKind == JsonValueKind.Object ? FindIn(body.RootElement, type, path: "", inPath) : new("", "The body is not a JSON object.");
        }
        catch (JsonException e)
        {
            return new("", $"The body is not JSON, near line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}, or names a field twice.");
        }
        catch (IOException)
        {
            return new("", $"The body is larger than {LargestBody} bytes, or was cut off.");
        }
        finally
        {
            context.Request.Body.Position = 0;
        }
    }

    private static Problem? FindIn(JsonElement value, MessageDescriptor type, string path, List<FieldDescriptor> elsewhere)
    {
        var seen = new HashSet<FieldDescriptor>();
        foreach (var member in value.EnumerateObject())
        {
            var at = path.Length == 0 ? member.Name : $"{path}.{member.Name}";
            if (Find(type, member.Name) is not { } field)
            {
                return new(at, "the request has no such field.");
            }

            if (elsewhere.Contains(field))
            {
                return new(at, "stands in the path already.");
            }

            // Once under each of its two names.
            if (!seen.Add(field))
            {
                return new(at, "comes twice.");
            }

            if (FindIn(member.Value, field, at) is { } problem)
            {
                return problem;
            }
        }

        return null;
    }

    private static Problem? FindIn(JsonElement value, FieldDescriptor field, string at)
    {
        if (value.ValueKind == JsonValueKind.Null || field.IsMap)
        {
            return null;
        }

        if (!field.IsRepeated)
        {
            return FindInSingle(value, field, at);
        }

        return value.ValueKind == JsonValueKind.Array
            ? value.EnumerateArray().Select((item, i) => FindInSingle(item, field, $"{at}[{i}]")).FirstOrDefault(problem => problem is not null)
            : new(at, "must be an array.");
    }

    private static Problem? FindInSingle(JsonElement value, FieldDescriptor field, string at)
    {
        if (field.FieldType == FieldType.Message && field.MessageType.File.Package != "google.protobuf")
        {
            return value.ValueKind == JsonValueKind.Object ? FindIn(value, field.MessageType, at, []) : new(at, "must be an object.");
        }

        var expected = value.ValueKind switch
        {
            JsonValueKind.String => TextOf(value) is { } text ? FormOf(field, text) : "well-formed Unicode",
            JsonValueKind.Number when field.FieldType is not (FieldType.String or FieldType.Bytes or FieldType.Bool or FieldType.Message) => FormOf(field, value.GetRawText()),
            JsonValueKind.True or JsonValueKind.False when field.FieldType == FieldType.Bool => null,
            _ => Form(field),
        };
        return expected is null && !(field.FieldType == FieldType.Bool && value.ValueKind == JsonValueKind.String) ? null : new(at, $"must be {expected ?? Form(field)}.");
    }

    /// <summary>A JSON text, or null when an escape in it is half a character.</summary>
    private static string? TextOf(JsonElement value)
    {
        try
        {
            return value.GetString();
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>Null when a text can be the field's value, else what it must be.</summary>
    private static string? FormOf(FieldDescriptor field, string text)
    {
        var fits = field.FieldType switch
        {
            FieldType.Bool => text is "true" or "false",
            FieldType.Int32 or FieldType.SInt32 or FieldType.SFixed32 => int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _),
            FieldType.UInt32 or FieldType.Fixed32 => uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out _),
            FieldType.Int64 or FieldType.SInt64 or FieldType.SFixed64 => long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _),
            FieldType.UInt64 or FieldType.Fixed64 => ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out _),
            FieldType.Enum => field.EnumType.FindValueByName(text) is not null || (int.TryParse(text, CultureInfo.InvariantCulture, out var number) && field.EnumType.FindValueByNumber(number) is not null),
            FieldType.Bytes => Base64.IsValid(text) || Base64Url.IsValid(text),
            FieldType.Message when field.MessageType.FullName == "google.protobuf.Timestamp" =>
                DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.None, out _) && text.Contains('T', StringComparison.OrdinalIgnoreCase),
            _ => true,
        };
        return fits ? null : Form(field);
    }

    private static string Form(FieldDescriptor field) => field.FieldType switch
    {
        FieldType.String => "a string",
        FieldType.Bool => "true or false",
        FieldType.Bytes => "Base64",
        FieldType.Enum => $"one of {string.Join(", ", field.EnumType.Values.Select(v => v.Name))}",
        FieldType.Message when field.MessageType.FullName == "google.protobuf.Timestamp" => "a time of RFC 3339, such as 2026-08-01T09:30:00Z",
        _ => "an integer",
    };

    /// <summary>ProtoJSON takes both names of a field.</summary>
    private static FieldDescriptor? Find(MessageDescriptor type, string name) =>
        type.Fields.InDeclarationOrder().FirstOrDefault(f => f.JsonName == name || f.Name == name);

    /// <summary>What is wrong with a request.</summary>
    /// <param name="Field">The field or parameter, as it was written; empty for the whole body.</param>
    /// <param name="Text">What is wrong.</param>
    private sealed record Problem(string Field, string Text);
}
