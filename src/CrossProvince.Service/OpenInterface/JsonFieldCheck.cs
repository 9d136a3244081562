using System.Text.Json;
using CrossProvince.Core.Identifiers;
using CrossProvince.Service.Hosting;
using Google.Protobuf.Reflection;
using Grpc.Core;
using Microsoft.AspNetCore.Grpc.JsonTranscoding;
using Microsoft.Net.Http.Headers;

namespace CrossProvince.Service.OpenInterface;

/// <summary>
/// Refuses JSON requests with a field or parameter that the rpc does not have, that comes twice, or whose value has not the field's form:
/// a typing error must not pass for an empty field, and the answer names it.
/// </summary>
internal static class JsonFieldCheck
{
    private const int MaxDepth = 32;

    /// <summary>To stand between routing and the endpoints.</summary>
    public static Task InvokeAsync(HttpContext context, int largestBody, RequestDelegate next) =>
        context.GetEndpoint()?.Metadata.GetMetadata<GrpcJsonTranscodingMetadata>() is { } rpc ? CheckAsync(context, rpc, largestBody, next) : next(context);

    private static async Task CheckAsync(HttpContext context, GrpcJsonTranscodingMetadata rpc, int largestBody, RequestDelegate next)
    {
        var type = rpc.MethodDescriptor.InputType;
        var inPath = OpenApiDocument.FieldsInPath(type, rpc.HttpRule);
        var problem = FindInQuery(context.Request.Query, rpc, inPath)
            ?? (rpc.HttpRule.Body.Length > 0 ? FindInHeaders(context.Request) ?? await FindInBodyAsync(context, largestBody, type, inPath) : null);
        if (problem is null)
        {
            await next(context);
            return;
        }

        await HttpErrors.WriteAsync(context, problem, problem.StatusCode == StatusCode.ResourceExhausted ? StatusCodes.Status413PayloadTooLarge : null);
    }

    private static RpcException? FindInQuery(IQueryCollection query, GrpcJsonTranscodingMetadata rpc, List<FieldDescriptor> inPath)
    {
        var seen = new HashSet<FieldDescriptor>();
        foreach (var (name, values) in query)
        {
            // Where the body is the whole request, nothing is read from the query.
            if (rpc.HttpRule.Body.Length > 0 || Find(rpc.MethodDescriptor.InputType, name) is not { } field || inPath.Contains(field))
            {
                return RpcErrors.InvalidArgument(name, "不是此请求的参数。", "is not a parameter of this request.");
            }

            if (!seen.Add(field) || (values.Count > 1 && !field.IsRepeated))
            {
                return Twice(name);
            }

            if (values.Select(value => JsonForms.Problem(field, value ?? "")).FirstOrDefault(form => form is not null) is { } form)
            {
                return WrongForm(name, form);
            }
        }

        return null;
    }

    private static RpcException? FindInHeaders(HttpRequest request)
    {
        var isJson = MediaTypeHeaderValue.TryParse(request.ContentType, out var type)
            && type.MediaType.Equals("application/json", StringComparison.OrdinalIgnoreCase)
            && (!type.Charset.HasValue || HeaderUtilities.RemoveQuotes(type.Charset).Equals("utf-8", StringComparison.OrdinalIgnoreCase));
        return !isJson ? RpcErrors.InvalidArgument("Content-Type", "须为 application/json，编码为 UTF-8。", "must be application/json in UTF-8.")
            : request.Headers.ContentEncoding.Count > 0 ? RpcErrors.InvalidArgument("Content-Encoding", "不支持压缩的请求体；请不压缩发送。", "is not supported: send the body uncompressed.")
            : null;
    }

    private static async Task<RpcException?> FindInBodyAsync(HttpContext context, int largestBody, MessageDescriptor type, List<FieldDescriptor> inPath)
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
                context.Request.Body, new JsonDocumentOptions { MaxDepth = MaxDepth }, context.RequestAborted);
            return body.RootElement.ValueKind == JsonValueKind.Object
                ? FindIn(body.RootElement, type, path: "", inPath)
                : RpcErrors.InvalidArgument("", "请求体不是 JSON 对象。", "The body is not a JSON object.");
        }
        catch (JsonException e)
        {
            var (line, position) = (e.LineNumber + 1, e.BytePositionInLine + 1);
            return RpcErrors.InvalidArgument(
                "", $"请求体不是 JSON，或嵌套超过 {MaxDepth} 层（第 {line} 行第 {position} 字节附近）。", $"The body is not JSON, or is nested deeper than {MaxDepth}, near line {line}, byte {position}.");
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

    private static RpcException? FindIn(JsonElement value, MessageDescriptor type, string path, List<FieldDescriptor> elsewhere)
    {
        var seen = new HashSet<FieldDescriptor>();
        foreach (var member in value.EnumerateObject())
        {
            var at = path.Length == 0 ? member.Name : $"{path}.{member.Name}";
            if (Find(type, member.Name) is not { } field)
            {
                return RpcErrors.InvalidArgument(at, "不是此请求的字段。", "is not a field of this request.");
            }

            if (elsewhere.Contains(field))
            {
                return RpcErrors.InvalidArgument(at, "已在路径中给出。", "stands in the path already.");
            }

            // Also once under each of its two names.
            if (!seen.Add(field))
            {
                return Twice(at);
            }

            if (FindIn(member.Value, field, at) is { } problem)
            {
                return problem;
            }
        }

        return null;
    }

    private static RpcException? FindIn(JsonElement value, FieldDescriptor field, string at)
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
            : WrongForm(at, new("必须是数组", "must be an array"));
    }

    private static RpcException? FindInSingle(JsonElement value, FieldDescriptor field, string at)
    {
        if (field.FieldType == FieldType.Message && field.MessageType.File.Package != "google.protobuf")
        {
            return value.ValueKind == JsonValueKind.Object ? FindIn(value, field.MessageType, at, []) : WrongForm(at, new("必须是对象", "must be an object"));
        }

        return JsonForms.Problem(field, value) is { } form ? WrongForm(at, form) : null;
    }

    /// <summary>ProtoJSON takes both names of a field.</summary>
    private static FieldDescriptor? Find(MessageDescriptor type, string name) =>
        type.Fields.InDeclarationOrder().FirstOrDefault(f => f.JsonName == name || f.Name == name);

    private static RpcException Twice(string at) => RpcErrors.InvalidArgument(at, "重复出现。", "comes twice.");

    private static RpcException WrongForm(string at, LocalizedText form) => RpcErrors.InvalidArgument(at, $"{form.Zh}。", $"{form.En}.");
}
