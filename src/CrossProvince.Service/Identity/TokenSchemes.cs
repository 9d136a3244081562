using CrossProvince.Core.Verification;
using CrossProvince.Service.Hosting;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace CrossProvince.Service.Identity;

/// <summary>Bearer tokens of several identity providers: one scheme each, with its own key and audience, so that none can speak for another.</summary>
internal static class TokenSchemes
{
    /// <summary>Request item that says why a token was refused.</summary>
    public const string RefusalItem = "token-refusal";

    private const string Chooser = "token";

    public static void AddTokens(this IServiceCollection services, IReadOnlyList<TokenIssuer> issuers)
    {
        // No cookie is made here, so no key needs to outlive the process.
        services.AddDataProtection().UseEphemeralDataProtectionProvider();
        var authentication = services.AddAuthentication(Chooser).AddPolicyScheme(Chooser, null, options =>
        {
            options.ForwardDefaultSelector = context => Scheme(ReadIssuer(context) is { } name && issuers.Any(i => i.Name == name) ? name : "none");
        });
        authentication.AddScheme<AuthenticationSchemeOptions, NoTokenHandler>(Scheme("none"), null);
        foreach (var issuer in issuers)
        {
            authentication.AddJwtBearer(Scheme(issuer.Name), options =>
            {
                options.MapInboundClaims = false;
                options.TokenValidationParameters = new TokenValidationParameters
                {
                    ValidIssuer = issuer.Name,
                    ValidAudience = issuer.Audience,
                    IssuerSigningKey = new ECDsaSecurityKey(issuer.Key),
                    ValidAlgorithms = [SecurityAlgorithms.EcdsaSha256],
                    RequireSignedTokens = true,
                };
                options.Events = new JwtBearerEvents
                {
                    OnAuthenticationFailed = context =>
                    {
                        context.HttpContext.Items[RefusalItem] = Explain(context.Exception);
                        return Task.CompletedTask;
                    },
                };
            });

            // The node's trusted time, not the bare system clock: a clock set back revives no token.
            services.AddOptions<JwtBearerOptions>(Scheme(issuer.Name)).Configure<TrustedClock>((options, clock) =>
                options.TokenValidationParameters.LifetimeValidator = (from, until, _, _) => CheckLifetime(from, until, clock.Now()));
        }
    }

    private static bool CheckLifetime(DateTime? from, DateTime? until, TrustedTime time)
    {
        var now = DateTimeOffset.FromUnixTimeMilliseconds(time.UnixMilliseconds).UtcDateTime;
        return until is null ? throw new SecurityTokenNoExpirationException()
            : from > now.AddSeconds(NodeSettings.SkewSeconds) ? throw new SecurityTokenNotYetValidException()
            : until <= now.AddSeconds(-NodeSettings.SkewSeconds) ? throw new SecurityTokenExpiredException()
            : true;
    }

    private static string Scheme(string issuer) => $"token:{issuer}";

    /// <summary>Reads who the token claims to be from, only to choose whose key must prove it.</summary>
    private static string? ReadIssuer(HttpContext context)
    {
        const string Bearer = "Bearer ";
        var header = context.Request.Headers.Authorization.ToString();
        if (!header.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        var text = header[Bearer.Length..].Trim();
        var handler = new JsonWebTokenHandler();
        try
        {
            return handler.CanReadToken(text) ? handler.ReadJsonWebToken(text).Issuer : null;
        }
        catch (Exception e) when (e is ArgumentException or SecurityTokenException)
        {
            return null;
        }
    }

    private static string Explain(Exception exception) => exception switch
    {
        SecurityTokenExpiredException => "The token has expired: sign in again.",
        SecurityTokenNotYetValidException => "The token is not valid yet: compare the clocks.",
        SecurityTokenInvalidAudienceException => "The token was made for another service (aud).",
        SecurityTokenInvalidIssuerException => "The token's issuer is not one that this node accepts.",
        SecurityTokenNoExpirationException => "The token has no end (exp).",
        _ => "The token's signature does not hold under its issuer's key.",
    };
}
