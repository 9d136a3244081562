using System.Security.Cryptography;
using CrossProvince.Service.Identity;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace CrossProvince.Integration.Tests.Nodes;

/// <summary>Bearer tokens of the sample identity provider, which nodes in Development accept.</summary>
internal static class TestTokens
{
    internal static string Holder(string personCode, TimeProvider clock, string codeType = "111") => Make(clock, new()
    {
        ["holder_code"] = personCode,
        ["holder_code_type"] = codeType,
        ["loa"] = "high",
    });

    internal static string Operator(string organisation, string region, string terminal, TimeProvider clock) => Make(clock, new()
    {
        ["org"] = organisation,
        ["region"] = region,
        ["terminal"] = terminal,
    });

    /// <summary>Of an operator who runs the region's nodes.</summary>
    internal static string Operations(string organisation, string region, TimeProvider clock) => Make(clock, new()
    {
        ["org"] = organisation,
        ["region"] = region,
        ["roles"] = new[] { "operations" },
        ["loa"] = "high",
    });

    internal static string Make(TimeProvider clock, Dictionary<string, object> claims, ECDsa? key = null, TimeSpan? age = null, Dictionary<string, object>? headers = null)
    {
        var issued = clock.GetUtcNow().UtcDateTime - (age ?? TimeSpan.Zero);
        return new JsonWebTokenHandler().CreateToken(new SecurityTokenDescriptor
        {
            Issuer = SampleTokens.Issuer,
            Audience = SampleTokens.Audience,
            IssuedAt = issued,
            NotBefore = issued,
            Expires = issued.AddHours(1),
            Claims = claims,
            AdditionalHeaderClaims = headers,
            SigningCredentials = new SigningCredentials(new ECDsaSecurityKey(key ?? SampleKey), SecurityAlgorithms.EcdsaSha256),
        });
    }

    internal static string WithoutEnd() => new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(new SecurityTokenDescriptor
    {
        Issuer = SampleTokens.Issuer,
        Audience = SampleTokens.Audience,
        Claims = new Dictionary<string, object> { ["holder_code"] = "1" },
        SigningCredentials = new SigningCredentials(new ECDsaSecurityKey(SampleKey), SecurityAlgorithms.EcdsaSha256),
    });

    private static ECDsa SampleKey { get; } = ReadSampleKey();

    private static ECDsa ReadSampleKey()
    {
        var key = ECDsa.Create();
        key.ImportFromPem(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "certs-sample", "tokens", "issuer.key.pem")));
        return key;
    }
}
