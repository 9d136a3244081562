using System.Text.Json.Serialization;
using CrossProvince.Service.Hosting;
using CrossProvince.Service.Licences;
using CrossProvince.Service.Storage;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace CrossProvince.Service.Identity;

/// <summary>The sample identity provider, in Development only: hands out tokens for the people in the sample licences.</summary>
internal static class SampleTokens
{
    public const string Issuer = "https://sample-identity.invalid";
    public const string Audience = "crossprovince";

    private const int LifetimeSeconds = 3600;

    /// <summary><c>POST /dev/token</c>; 404 when there is no such licence or person.</summary>
    public static void Map(IEndpointRouteBuilder routes, NodeSettings node)
    {
        var credentials = new SigningCredentials(new ECDsaSecurityKey(node.SampleTokenKey!), SecurityAlgorithms.EcdsaSha256);
        routes.MapPost("/dev/token", async (TokenRequest request, Database database, TimeProvider time, CancellationToken cancellation) =>
        {
            await using var connection = await database.OpenAsync(cancellation);
            var licence = await LicenceStore.FindAsync(connection, request.LicenceId, null);
            return licence is not null && FindPerson(licence.Record, request) is { } person
                ? Results.Ok(new TokenResponse(Make(person, credentials, time.GetUtcNow().UtcDateTime), LifetimeSeconds))
                : Results.NotFound();
        });
    }

    private static Party? FindPerson(LicenceRecord licence, TokenRequest request)
    {
        IEnumerable<Party> people = request.As switch
        {
            null or "holder" => [licence.Holder],
            "guardian" => licence.Guardians,
            "agent" => licence.Agents,
            _ => [],
        };
        if (request.As is null && request.Code is not null)
        {
            people = [licence.Holder, .. licence.Guardians, .. licence.Agents];
        }

        return people.FirstOrDefault(p => request.Code is null || p.Code == request.Code);
    }

    private static string Make(Party person, SigningCredentials credentials, DateTime now) => new JsonWebTokenHandler().CreateToken(new SecurityTokenDescriptor
    {
        Issuer = Issuer,
        Audience = Audience,
        IssuedAt = now,
        NotBefore = now,
        Expires = now.AddSeconds(LifetimeSeconds),
        Claims = new Dictionary<string, object>
        {
            ["holder_code"] = person.Code,
            ["holder_code_type"] = person.CodeType,
            ["loa"] = "high",
        },
        SigningCredentials = credentials,
    });

    private sealed record TokenRequest
    {
        [JsonPropertyName("licence_id"), JsonRequired]
        public string LicenceId { get; init; } = "";

        [JsonPropertyName("as")]
        public string? As { get; init; }

        [JsonPropertyName("code")]
        public string? Code { get; init; }
    }

    private sealed record TokenResponse(
        [property: JsonPropertyName("access_token")] string AccessToken,
        [property: JsonPropertyName("expires_in")] int ExpiresIn);
}
