using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using CrossProvince.Integration.Tests.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.IdentityModel.Tokens;

namespace CrossProvince.Integration.Tests.Identity;

/// <summary>How people sign in with a <see cref="TestProvider"/>: authorization code with PKCE, as RFC 7636 and OpenID Connect Core have it. Whoever comes is signed in at once.</summary>
internal sealed class TestSignIn(TestProvider provider)
{
    internal const string ClientId = "crossprovince-pages";
    internal const string ClientSecret = "a secret of the test";

    private readonly ConcurrentDictionary<string, IQueryCollection> _codes = new();

    /// <summary>Tells the time of tokens.</summary>
    internal required TimeProvider Clock { get; init; }

    /// <summary>Of the access token, which is for the node.</summary>
    internal Dictionary<string, object> Claims { get; set; } = [];

    /// <summary>Whether whoever comes thinks better of it.</summary>
    internal bool Denies { get; set; }

    /// <summary>The nonce that the identity token gets in place of the right one.</summary>
    internal string? WrongNonce { get; set; }

    /// <summary>Whom the identity token is for.</summary>
    internal string IdTokenAudience { get; set; } = ClientId;

    /// <summary>What browsers were sent with, last.</summary>
    internal IQueryCollection? Asked { get; private set; }

    /// <summary>What browsers were sent with that sign out, last.</summary>
    internal IQueryCollection? Left { get; private set; }

    /// <summary>What a node is told of the provider; its file <c>client-secret</c> must be there.</summary>
    internal static Dictionary<string, string> Settings(TestProvider provider, TestFederation federation, TestNode node) => new()
    {
        ["Web:PublicUrl"] = node.Web.ToString(),
        ["Tokens:Issuers:0:Issuer"] = provider.Name,
        ["Tokens:Issuers:0:Audience"] = TestProvider.Audience,
        ["Tokens:Issuers:0:DiscoveryUrl"] = new Uri(provider.Url, ".well-known/openid-configuration").ToString(),
        ["Tokens:Issuers:0:CaFile"] = federation.PathOf($"{node.Region}/ca.cert.pem"),
        ["Tokens:Issuers:0:OperatorRegions:0"] = node.Region.ToString(),
        ["Tokens:Issuers:0:ClientId"] = ClientId,
        ["Tokens:Issuers:0:ClientSecretFile"] = federation.PathOf("client-secret"),
        ["Tokens:Issuers:0:Scopes:0"] = "organisation",
        ["Tokens:Issuers:0:Title"] = "The province",
        ["Tokens:Issuers:0:Operations"] = "true",
    };

    /// <summary>Puts the paths of the provider's discovery document into its server.</summary>
    internal void Map(WebApplication app)
    {
        app.MapGet("/authorize", (Delegate)Authorize);
        app.MapPost("/token", (Delegate)TokenAsync);
        app.MapGet("/logout", (HttpContext context) =>
        {
            Left = context.Request.Query;
            return Results.Redirect($"{Left["post_logout_redirect_uri"]}?state={Uri.EscapeDataString(Left["state"].ToString())}");
        });
    }

    private IResult Authorize(HttpContext context)
    {
        var query = Asked = context.Request.Query;
        if (query["client_id"] != ClientId || query["response_type"] != "code" || query["code_challenge_method"] != "S256" || query["code_challenge"].ToString().Length != 43)
        {
            return Results.BadRequest("invalid_request");
        }

        if (Denies)
        {
            return Results.Redirect($"{query["redirect_uri"]}?error=access_denied&state={Uri.EscapeDataString(query["state"].ToString())}");
        }

        var code = Convert.ToHexString(RandomNumberGenerator.GetBytes(16));
        _codes[code] = query;
        return Results.Redirect($"{query["redirect_uri"]}?code={code}&state={Uri.EscapeDataString(query["state"].ToString())}");
    }

    private async Task<IResult> TokenAsync(HttpContext context)
    {
        var form = await context.Request.ReadFormAsync();
        if (!_codes.TryRemove(form["code"].ToString(), out var asked)
            || form["client_id"] != ClientId || form["client_secret"] != ClientSecret || form["redirect_uri"] != asked["redirect_uri"]
            || Base64UrlEncoder.Encode(SHA256.HashData(Encoding.ASCII.GetBytes(form["code_verifier"].ToString()))) != asked["code_challenge"])
        {
            return Results.Json(new { error = "invalid_grant" }, statusCode: 400);
        }

        var identity = new Dictionary<string, object> { ["sub"] = "somebody", ["nonce"] = WrongNonce ?? asked["nonce"].ToString() };
        return Results.Json(new
        {
            access_token = provider.Token(Clock, Claims, "k1"),
            id_token = provider.Token(Clock, identity, "k1", audience: IdTokenAudience),
            token_type = "Bearer",
            expires_in = 3600,
        });
    }
}
