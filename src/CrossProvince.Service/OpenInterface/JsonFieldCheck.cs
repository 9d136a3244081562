using System.Text.Json;
using Google.Protobuf.Reflection;
using Microsoft.AspNetCore.Grpc.JsonTranscoding;

namespace CrossProvince.Service.OpenInterface;

/// <summary>Refuses JSON requests with a field, or a query parameter, that the rpc does not have: a typing error must not pass for an empty field.</summary>
internal static class JsonFieldCheck
{
    private const int LargestBody = 4 * 1024 * 1024;

    /// <summary>To stand between routing and the endpoints.</summary>
    public static async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<GrpcJsonTranscodingMetadata>() is not { } rpc)
        {
            await next(context);
            return;
        }

        var problem = context.Request.Query.Keys.FirstOrDefault(name => !HasPath(rpc.MethodDescriptor.InputType, name)) is { } parameter
            ? $"{parameter}: the request has no such parameter."
            : rpc.HttpRule.Body.Length > 0 ? await FindProblemAsync(context, rpc.MethodDescriptor.InputType)
            : null;
        if (problem is null)
        {
            await next(context);
            return;
        }

        await Results.Json(
            new { code = (int)Google.Rpc.Code.InvalidArgument, message = problem, details = Array.Empty<object>() },
            statusCode: StatusCodes.Status400BadRequest).ExecuteAsync(context);
    }

    private static async Task<string?> FindProblemAsync(HttpContext context, MessageDescriptor type)
    {
        context.Request.EnableBuffering(bufferThreshold: 64 * 1024, bufferLimit: LargestBody);
        try
        {
            using var body = await JsonDocument.ParseAsync(
                context.Request.Body, new JsonDocumentOptions { MaxDepth = 32, AllowDuplicateProperties = false }, context.RequestAborted);
            return FindUnknown(body.RootElement, type, path: "");
        }
        catch (JsonException e)
        {
            return $"The body is not JSON, near line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}, or names a field twice.";
        }
        catch (IOException)
        {
            return $"The body is larger than {LargestBody} bytes, or was cut off.";
        }
        finally
        {
            context.Request.Body.Position = 0;
        }
    }

    private static string? FindUnknown(JsonElement value, MessageDescriptor type, string path)
    {
        // Well-known types have a JSON form of their own, and maps any key.
        if (value.ValueKind != JsonValueKind.Object || type.File.Package == "google.protobuf")
        {
            return null;
        }

        foreach (var member in value.EnumerateObject())
        {
            var at = path.Length == 0 ? member.Name : $"{path}.{member.Name}";
            if (Find(type, member.Name) is not { } field)
            {
                return $"{at}: the request has no such field.";
            }

            if (field is { FieldType: FieldType.Message, IsMap: false } && FindUnknownIn(member.Value, field.MessageType, at) is { } problem)
            {
                return problem;
            }
        }

        return null;
    }

    private static string? FindUnknownIn(JsonElement value, MessageDescriptor type, string path) => value.ValueKind == JsonValueKind.Array
        ? value.EnumerateArray().Select((item, i) => FindUnknown(item, type, $"{path}[{i}]")).FirstOrDefault(problem => problem is not null)
        : FindUnknown(value, type, path);

    /// <summary>ProtoJSON takes both names of a field.</summary>
    private static FieldDescriptor? Find(MessageDescriptor type, string name) =>
        type.Fields.InDeclarationOrder().FirstOrDefault(f => f.JsonName == name || f.Name == name);

    private static bool HasPath(MessageDescriptor type, string path)
    {
        var field = default(FieldDescriptor);
        foreach (var name in path.Split('.'))
        {
            field = (field is null ? type : field.FieldType == FieldType.Message ? field.MessageType : null) is { } owner ? Find(owner, name) : null;
            if (field is null)
            {
                return false;
            }
        }

        return true;
    }
}
