namespace CrossProvince.Service.Hosting;

/// <summary>Requests of gRPC itself, as opposed to JSON and plain HTTP.</summary>
internal static class Rpc
{
    private const string ContentType = "application/grpc";

    /// <summary>Whether a request speaks gRPC.</summary>
    public static bool Is(HttpRequest request) => request.ContentType is { } type && type.StartsWith(ContentType, StringComparison.Ordinal);
}
