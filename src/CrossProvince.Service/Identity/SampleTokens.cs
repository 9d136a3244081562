using System.Text.Json;
using System.Text.Json.Serialization;
using CrossProvince.Service.Hosting;
using CrossProvince.Service.Licences;
using CrossProvince.Service.Storage;
using CrossProvince.Service.Web;
using Grpc.Core;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace CrossProvince.Service.Identity;

/// <summary>The sample identity provider, in Development only: hands out tokens of holders, guardians, agents and operators to whoever asks.</summary>
internal static class SampleTokens
{
    public const string Issuer = "https://sample-identity.invalid";
    public const string Audience = "crossprovince";

    private const string Path = "/dev/token";
    private const string SessionPath = "/dev/session";
    private const int LifetimeSeconds = 3600;

    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web) { UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow };

    /// <summary><c>POST /dev/token</c>, JSON or a form; <c>GET /dev/token</c>, a page with that form; <c>POST /dev/session</c>, JSON, signs a page in.</summary>
    public static void Map(IEndpointRouteBuilder routes, NodeSettings node)
    {
        var credentials = new SigningCredentials(new ECDsaSecurityKey(node.SampleTokenKey!), SecurityAlgorithms.EcdsaSha256);
        routes.MapGet(Path, () => new SampleTokenPage(null, null, null));
        routes.MapPost(Path, async (HttpContext context, Database database, LicenceStore licences, TimeProvider time) =>
        {
            var form = context.Request.HasFormContentType ? await context.Request.ReadFormAsync(context.RequestAborted) : null;
            try
            {
                var request = form is not null ? Read(form) : await ReadJsonAsync(context.Request);
                var token = Make(await ClaimsAsync(request, node, database, licences, context.RequestAborted), credentials, time.GetUtcNow().UtcDateTime);
                return form is not null ? new SampleTokenPage(form, token, null) : Results.Ok(new TokenResponse(token, LifetimeSeconds));
            }
            catch (RpcException e)
            {
                return form is not null ? new SampleTokenPage(form, null, e) : HttpErrors.Result(e);
            }
        });
        routes.MapPost(SessionPath, async (HttpContext context, Database database, LicenceStore licences, TimeProvider time, PageSession session) =>
        {
            try
            {
                var claims = await ClaimsAsync(await ReadJsonAsync(context.Request), node, database, licences, context.RequestAborted);
                await session.KeepAsync(context, Make(claims, credentials, time.GetUtcNow().UtcDateTime));
                return Results.NoContent();
            }
            catch (RpcException e)
            {
                return HttpErrors.Result(e);
            }
        });
    }

    private static TokenRequest Read(IFormCollection form)
    {
        string? Field(string name) => form[name].ToString() is { Length: > 0 } value ? value.Trim() : null;
        return new TokenRequest
        {
            LicenceId = Field("licence_id"),
            As = Field("as"),
            Code = Field("code"),
            CodeType = Field("code_type"),
            Organisation = Field("org"),
            Terminal = Field("terminal"),
            Level = Field("loa"),
        };
    }

    private static async Task<TokenRequest> ReadJsonAsync(HttpRequest request)
    {
        try
        {
            return await JsonSerializer.DeserializeAsync<TokenRequest>(request.Body, s_json, request.HttpContext.RequestAborted) ?? new TokenRequest();
        }
        catch (JsonException)
        {
            throw RpcErrors.InvalidArgument("", "请求体不是样例令牌的请求。", "The body is not a request for a sample token.");
        }
    }

    private static async Task<Dictionary<string, object>> ClaimsAsync(TokenRequest request, NodeSettings node, Database database, LicenceStore licences, CancellationToken cancellation)
    {
        if (request.Level is not (null or "low" or "substantial" or "high"))
        {
            throw RpcErrors.InvalidArgument("loa", "须为 low、substantial 或 high。", "must be low, substantial or high.");
        }

        var claims = request.As == "operator"
            ? OperatorClaims(request, node)
            : HolderClaims(await FindPersonAsync(request, database, licences, cancellation));
        claims["loa"] = request.Level ?? "high";
        return claims;
    }

    private static Dictionary<string, object> HolderClaims(Person person) => new() { ["holder_code"] = person.Code, ["holder_code_type"] = person.CodeType };

    private static Dictionary<string, object> OperatorClaims(TokenRequest request, NodeSettings node)
    {
        var claims = new Dictionary<string, object>
        {
            ["org"] = request.Organisation is { Length: > 0 } organisation ? organisation : throw RpcErrors.InvalidArgument("org", "是操作员令牌所必需的。", "is required for an operator's token."),
            ["region"] = node.Region.ToString(),
        };
        if (request.Terminal is { } terminal)
        {
            claims["terminal"] = terminal;
        }

        return claims;
    }

    private static async Task<Person> FindPersonAsync(TokenRequest request, Database database, LicenceStore licences, CancellationToken cancellation)
    {
        if (request.LicenceId is null)
        {
            return request is { As: null or "holder", Code: { } code }
                ? new Person(code, request.CodeType ?? "111")
                : throw RpcErrors.InvalidArgument("licence_id", "或证件号码 code 至少须有一项。", "is required, or the code of a holder.");
        }

        await using var connection = await database.OpenAsync(cancellation);
        var licence = await licences.FindAsync(connection, request.LicenceId);
        return licence is not null && Candidates(licence.Record, request).FirstOrDefault(p => request.Code is null || p.Code == request.Code) is { } person
            ? person.Person
            : throw RpcErrors.NotFound("PERSON_NOT_FOUND", "没有这份证照，或其中没有这位亮证人。", "There is no such licence, or no such presenter of it.");
    }

    private static IEnumerable<Party> Candidates(LicenceRecord licence, TokenRequest request) => request.As switch
    {
        null when request.Code is not null => [licence.Holder, .. licence.Guardians, .. licence.Agents],
        null or "holder" => [licence.Holder],
        "guardian" => licence.Guardians,
        "agent" => licence.Agents,
        _ => throw RpcErrors.InvalidArgument("as", "须为 holder、guardian、agent 或 operator。", "must be holder, guardian, agent or operator."),
    };

    private static string Make(Dictionary<string, object> claims, SigningCredentials credentials, DateTime now) => new JsonWebTokenHandler().CreateToken(new SecurityTokenDescriptor
    {
        Issuer = Issuer,
        Audience = Audience,
        IssuedAt = now,
        NotBefore = now,
        Expires = now.AddSeconds(LifetimeSeconds),
        Claims = claims,
        SigningCredentials = credentials,
    });

    private sealed record TokenRequest
    {
        [JsonPropertyName("licence_id")]
        public string? LicenceId { get; init; }

        [JsonPropertyName("as")]
        public string? As { get; init; }

        [JsonPropertyName("code")]
        public string? Code { get; init; }

        [JsonPropertyName("code_type")]
        public string? CodeType { get; init; }

        [JsonPropertyName("org")]
        public string? Organisation { get; init; }

        [JsonPropertyName("terminal")]
        public string? Terminal { get; init; }

        [JsonPropertyName("loa")]
        public string? Level { get; init; }
    }

    private sealed record TokenResponse(
        [property: JsonPropertyName("access_token")] string AccessToken,
        [property: JsonPropertyName("expires_in")] int ExpiresIn);
}
