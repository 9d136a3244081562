using CrossProvince.Service.Limits;
using Microsoft.Net.Http.Headers;

namespace CrossProvince.Service.Federation.Trusting;

/// <summary>The trust list in use, as it was signed, for whoever is known here: the nodes of other regions, and verifiers that go on without a node.</summary>
internal static class TrustEndpoint
{
    public const string Path = "/v1/trustList";

    /// <summary><c>GET /v1/trustList</c>, with an ETag.</summary>
    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet(Path, (HttpContext context, TrustSource trust) =>
    {
        var document = trust.Document;
        context.Response.Headers.CacheControl = "private, no-cache";
        return Results.Bytes(document, "application/cose", entityTag: EntityTagHeaderValue.Parse(TrustSource.EntityTagOf(document.Span)));
    }).RequireCaller();
}
