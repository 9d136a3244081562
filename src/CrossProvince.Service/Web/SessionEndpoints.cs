using System.Globalization;
using System.Text.Json.Serialization;
using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Trust;
using CrossProvince.Service.Hosting;
using CrossProvince.Service.Identity;

namespace CrossProvince.Service.Web;

/// <summary>Who is signed in on a page of this browser.</summary>
internal static class SessionEndpoints
{
    /// <summary><c>GET /session</c>: who is signed in, or how to do so; <c>DELETE /session</c>: nobody any more, and where the provider's own session ends.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/session", (HttpContext context, Callers callers, PartnerFile partners, NodeSettings node) => Describe(context, callers.Identify(context), partners, node));
        routes.MapDelete("/session", async (HttpContext context, PageSession session, NodeSettings node) =>
        {
            session.End(context);
            context.Response.Headers.CacheControl = "no-store";
            return await SignIn.FindEndAsync(context, node, context.Request.Query["page"].ToString()) is { } elsewhere ? Results.Json(new Left(elsewhere)) : Results.NoContent();
        });
    }

    private static IResult Describe(HttpContext context, Caller caller, PartnerFile partners, NodeSettings node)
    {
        context.Response.Headers.CacheControl = "no-store";
        if (caller.Role is not (CallerRole.Operator or CallerRole.Holder) || context.User.FindFirst("exp")?.Value is not { } end)
        {
            // Somebody has signed in, and is told why that does not help; whoever has not is told nothing.
            var refusal = context.Request.Headers.Authorization.Count > 0 ? caller.Refusal?.Text : null;
            return Results.Json(new SignedOut(
                node.IsDevelopment,
                [.. node.TokenIssuers.Index().Where(i => i.Item.SignIn is not null).Select(i => new Provider(i.Index, i.Item.SignIn!.Title, i.Item.Holders, MaySpeakForOperators(i.Item, node.Region), i.Item.Operations))],
                refusal is null ? null : new Said(refusal.Zh, refusal.En)));
        }

        var names = caller.Role == CallerRole.Operator ? partners.Find(PartyName.Verifier, caller.Organisation)?.Names : null;
        return Results.Json(new SignedIn(
            caller.Role.ToString().ToLowerInvariant(),
            caller.Organisation,
            names is null ? null : new Said(names.Zh, names.En),
            caller.Terminal,
            node.Region.ToString(),
            caller.RunsNodes,
            DateTimeOffset.FromUnixTimeSeconds(long.Parse(end, CultureInfo.InvariantCulture)),
            (int)node.Options.Web.SessionIdle.TotalSeconds));
    }

    private static bool MaySpeakForOperators(TokenIssuer issuer, RegionCode region) => issuer.OperatorRegions?.Contains(region) != false;

    private sealed record SignedOut(
        [property: JsonPropertyName("sample")] bool Sample,
        [property: JsonPropertyName("providers")] IReadOnlyList<Provider> Providers,
        [property: JsonPropertyName("refusal")] Said? Refusal);

    private sealed record Provider(
        [property: JsonPropertyName("place")] int Place,
        [property: JsonPropertyName("title")] string Title,
        [property: JsonPropertyName("holders")] bool Holders,
        [property: JsonPropertyName("operators")] bool Operators,
        [property: JsonPropertyName("operations")] bool Operations);

    private sealed record Left([property: JsonPropertyName("elsewhere")] string Elsewhere);

    private sealed record Said([property: JsonPropertyName("zh")] string Zh, [property: JsonPropertyName("en")] string En);

    private sealed record SignedIn(
        [property: JsonPropertyName("role")] string Role,
        [property: JsonPropertyName("organisation")] string Organisation,
        [property: JsonPropertyName("organisationNames")] Said? OrganisationNames,
        [property: JsonPropertyName("terminal")] string Terminal,
        [property: JsonPropertyName("region")] string Region,
        [property: JsonPropertyName("operations")] bool Operations,
        [property: JsonPropertyName("expiresAt")] DateTimeOffset ExpiresAt,
        [property: JsonPropertyName("idleSeconds")] int IdleSeconds);
}
