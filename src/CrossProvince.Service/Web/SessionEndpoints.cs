using System.Globalization;
using System.Text.Json.Serialization;
using CrossProvince.Service.Hosting;
using CrossProvince.Service.Identity;

namespace CrossProvince.Service.Web;

/// <summary>Who is signed in on a page of this browser.</summary>
internal static class SessionEndpoints
{
    /// <summary><c>GET /session</c>: who is signed in, or how to do so; <c>DELETE /session</c>: nobody any more.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/session", (HttpContext context, Callers callers, NodeSettings node) => Describe(context, callers.Identify(context), node));
        routes.MapDelete("/session", (HttpContext context, PageSession session) =>
        {
            session.End(context);
            return Results.NoContent();
        });
    }

    private static IResult Describe(HttpContext context, Caller caller, NodeSettings node)
    {
        context.Response.Headers.CacheControl = "no-store";
        if (caller.Role is not (CallerRole.Operator or CallerRole.Holder) || context.User.FindFirst("exp")?.Value is not { } end)
        {
            return Results.Json(new SignedOut(node.IsDevelopment));
        }

        return Results.Json(new SignedIn(
            caller.Role.ToString().ToLowerInvariant(),
            caller.Organisation,
            caller.Terminal,
            DateTimeOffset.FromUnixTimeSeconds(long.Parse(end, CultureInfo.InvariantCulture)),
            (int)node.Options.Web.SessionIdle.TotalSeconds));
    }

    private sealed record SignedOut([property: JsonPropertyName("sample")] bool Sample);

    private sealed record SignedIn(
        [property: JsonPropertyName("role")] string Role,
        [property: JsonPropertyName("organisation")] string Organisation,
        [property: JsonPropertyName("terminal")] string Terminal,
        [property: JsonPropertyName("expiresAt")] DateTimeOffset ExpiresAt,
        [property: JsonPropertyName("idleSeconds")] int IdleSeconds);
}
