using Grpc.Core;

namespace CrossProvince.Service.Hosting;

/// <summary>Gives details to errors that the gRPC library answers by itself: messages too large or unreadable, rpcs that do not exist.</summary>
internal static class LibraryErrors
{
    private const string StatusHeader = "grpc-status";
    private const string DetailsHeader = "grpc-status-details-bin";

    /// <summary>To stand before the endpoints.</summary>
    public static async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        await next(context);
        var headers = context.Response.Headers;
        if (!context.Response.HasStarted && headers.TryGetValue(StatusHeader, out var text) && !headers.ContainsKey(DetailsHeader)
            && int.TryParse(text, out var code) && Explain((StatusCode)code) is { } error)
        {
            headers[DetailsHeader] = Convert.ToBase64String(error.Trailers.GetValueBytes(DetailsHeader)!);
        }
    }

    private static RpcException? Explain(StatusCode code) => code switch
    {
        StatusCode.ResourceExhausted => RpcErrors.TooLarge(
            "MESSAGE_TOO_LARGE", "消息超过 Limits:MessageBytes；请拆成较小的消息发送。", "The message is larger than Limits:MessageBytes allows: send smaller ones."),
        StatusCode.Unimplemented => RpcErrors.Plain(
            code, "UNIMPLEMENTED", "此监听端口没有该接口，或不支持所用的压缩方式。", "This listener has no such rpc, or the compression is not supported."),
        StatusCode.Internal or StatusCode.Unknown => RpcErrors.Plain(
            code, "MESSAGE_UNREADABLE", "无法读取消息；请核对接口定义的版本。", "The message could not be read: compare the version of the protos."),
        _ => null,
    };
}
