using System.Text.Json;
using CrossProvince.Service.Hosting;
using Google.Protobuf.Reflection;
using Grpc.Core;
using Microsoft.AspNetCore.Grpc.JsonTranscoding;

namespace CrossProvince.Service.OpenInterface;

/// <summary>Refuses JSON requests with a field, or a query parameter, that the rpc does not have: a typing error must not pass for an empty field.</summary>
internal static class JsonFieldCheck
{
    /// <summary>To stand between routing and the endpoints.</summary>
    public static async Task InvokeAsync(HttpContext context, int largestBody, RequestDelegate next)
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<GrpcJsonTranscodingMetadata>() is not { } rpc)
        {
            await next(context);
            return;
        }

        var problem = context.Request.Query.Keys.FirstOrDefault(name => !HasPath(rpc.MethodDescriptor.InputType, name)) is { } parameter
            ? RpcErrors.InvalidArgument(parameter, "不是此请求的参数。", "is not a parameter of this request.")
            : rpc.HttpRule.Body.Length > 0 ? await FindProblemAsync(context, largestBody, rpc.MethodDescriptor.InputType)
            : null;
        if (problem is null)
        {
            await next(context);
            return;
        }

        await HttpErrors.WriteAsync(context, problem, problem.StatusCode == StatusCode.ResourceExhausted ? StatusCodes.Status413PayloadTooLarge : null);
    }

    private static async Task<RpcException?> FindProblemAsync(HttpContext context, int largestBody, MessageDescriptor type)
    {
        var tooLarge = RpcErrors.TooLarge(
            "MESSAGE_TOO_LARGE", $"请求体超过 {largestBody} 字节，或未传完。", $"The body is larger than {largestBody} bytes, or was cut off.");
        if (context.Request.ContentLength > largestBody)
        {
            return tooLarge;
        }

        context.Request.EnableBuffering(bufferThreshold: 64 * 1024, bufferLimit: largestBody);
        try
        {
            using var body = await JsonDocument.ParseAsync(
                context.Request.Body, new JsonDocumentOptions { MaxDepth = 32, AllowDuplicateProperties = false }, context.RequestAborted);
            return FindUnknown(body.RootElement, type, path: "") is { } unknown
                ? RpcErrors.InvalidArgument(unknown, "不是此请求的字段。", "is not a field of this request.")
                : null;
        }
        catch (JsonException e)
        {
            var (line, position) = (e.LineNumber + 1, e.BytePositionInLine + 1);
            return RpcErrors.InvalidArgument(
                "", $"请求体不是 JSON（第 {line} 行第 {position} 字节附近），或重复了字段。", $"The body is not JSON, near line {line}, byte {position}, or names a field twice.");
        }
        catch (IOException)
        {
            return tooLarge;
        }
        finally
        {
            context.Request.Body.Position = 0;
        }
    }

    /// <summary>Where the first field stands that the message does not have, or null.</summary>
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
                return at;
            }

            if (field is { FieldType: FieldType.Message, IsMap: false } && FindUnknownIn(member.Value, field.MessageType, at) is { } unknown)
            {
                return unknown;
            }
        }

        return null;
    }

    private static string? FindUnknownIn(JsonElement value, MessageDescriptor type, string path) => value.ValueKind == JsonValueKind.Array
        ? value.EnumerateArray().Select((item, i) => FindUnknown(item, type, $"{path}[{i}]")).FirstOrDefault(unknown => unknown is not null)
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
