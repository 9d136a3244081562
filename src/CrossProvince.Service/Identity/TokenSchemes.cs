using CrossProvince.Core.Verification;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace CrossProvince.Service.Identity;

/// <summary>Bearer tokens of several identity providers: one scheme each, with its own keys, algorithms and audience, so that none can speak for another.</summary>
internal static class TokenSchemes
{
    /// <summary>Request item: why a token was refused, a <see cref="CallerRefusal"/>.</summary>
    public const string RefusalItem = "token-refusal";

    private const string Chooser = "token";
    private const string None = "token:";
    private const string Bearer = "Bearer ";

    public static void AddTokens(this IServiceCollection services, IReadOnlyList<TokenIssuer> issuers)
    {
        services.AddSingleton(s => new TokenProviders(issuers, s.GetRequiredService<TimeProvider>(), s.GetRequiredService<ILogger<TokenKeys>>()));

        // No cookie is made here, so no key needs to outlive the process.
        services.AddDataProtection().UseEphemeralDataProtectionProvider();
        var authentication = services.AddAuthentication(Chooser).AddPolicyScheme(Chooser, null, options => options.ForwardDefaultSelector = Choose);
        authentication.AddScheme<AuthenticationSchemeOptions, NoTokenHandler>(None, null);
        foreach (var issuer in issuers)
        {
            authentication.AddJwtBearer(Scheme(issuer.Name), options =>
            {
                options.MapInboundClaims = false;
                options.Events = new JwtBearerEvents
                {
                    OnMessageReceived = context => PrepareAsync(context, issuer),
                    OnAuthenticationFailed = context =>
                    {
                        context.HttpContext.Items[RefusalItem] = Explain(context.Exception);
                        return Task.CompletedTask;
                    },
                };
            });

            // The node's trusted time, not the bare system clock: a clock set back revives no token.
            services.AddOptions<JwtBearerOptions>(Scheme(issuer.Name)).Configure<TokenProviders, TrustedClock>((options, providers, clock) =>
                options.TokenValidationParameters = Rules(issuer, providers.KeysOf(issuer.Name), clock));
        }
    }

    /// <summary>How tokens of a provider are judged.</summary>
    internal static TokenValidationParameters Rules(TokenIssuer issuer, TokenKeys keys, TrustedClock clock) => new()
    {
        ValidIssuer = issuer.Name,
        ValidAudience = issuer.Audience,
        ValidAlgorithms = issuer.Algorithms,
        RequireSignedTokens = true,
        TryAllIssuerSigningKeys = false,
        IssuerSigningKeyResolver = (_, token, kid, _) => keys.Current.Where(k => Fits(k, (token as JsonWebToken)?.Alg, kid)),
        LifetimeValidator = (from, until, _, _) => CheckLifetime(from, until, clock.Now(), issuer.ClockSkew),
    };

    /// <summary>A key is used with the algorithm of its own kind only.</summary>
    private static bool Fits(SecurityKey key, string? algorithm, string? kid) =>
        (key is ECDsaSecurityKey) == (algorithm == SecurityAlgorithms.EcdsaSha256) && (string.IsNullOrEmpty(kid) || key.KeyId is null || key.KeyId == kid);

    /// <summary>Reads who the token claims to be from, only to choose whose keys must prove it.</summary>
    private static string Choose(HttpContext context)
    {
        if (Read(context) is not { } token)
        {
            context.Items[RefusalItem] = TokenRefusals.NoToken;
            return None;
        }

        if (context.RequestServices.GetRequiredService<TokenProviders>().Find(token.Issuer) is null)
        {
            context.Items[RefusalItem] = TokenRefusals.UnknownIssuer;
            return None;
        }

        return Scheme(token.Issuer);
    }

    /// <summary>What can be refused before any signature is looked at, and the keys to look at it with.</summary>
    private static async Task PrepareAsync(MessageReceivedContext context, TokenIssuer issuer)
    {
        var token = Read(context.HttpContext)!;
        var keys = context.HttpContext.RequestServices.GetRequiredService<TokenProviders>().KeysOf(issuer.Name);
        var refusal = !issuer.Algorithms.Contains(token.Alg) ? TokenRefusals.Algorithm(issuer.Algorithms)
            : !await keys.PrepareAsync(string.IsNullOrEmpty(token.Kid) ? null : token.Kid, context.HttpContext.RequestAborted) ? TokenRefusals.ProviderAway
            : !keys.Current.Any(k => Fits(k, token.Alg, token.Kid)) ? TokenRefusals.UnknownKey
            : null;
        if (refusal is not null)
        {
            context.HttpContext.Items[RefusalItem] = refusal;
            context.Fail(refusal.Reason);
        }
    }

    private static bool CheckLifetime(DateTime? from, DateTime? until, TrustedTime time, TimeSpan skew)
    {
        var now = DateTimeOffset.FromUnixTimeMilliseconds(time.UnixMilliseconds).UtcDateTime;
        return until is null ? throw new SecurityTokenNoExpirationException()
            : from > now + skew ? throw new SecurityTokenNotYetValidException()
            : until <= now - skew ? throw new SecurityTokenExpiredException()
            : true;
    }

    private static string Scheme(string issuer) => $"{None}{issuer}";

    private static JsonWebToken? Read(HttpContext context)
    {
        var header = context.Request.Headers.Authorization.ToString();
        if (!header.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        var text = header[Bearer.Length..].Trim();
        var handler = new JsonWebTokenHandler();
        try
        {
            // RFC 7515 section 4.1.11: no extension is understood here that a token could insist on.
            return handler.CanReadToken(text) && handler.ReadJsonWebToken(text) is var token && !token.TryGetHeaderValue<object>("crit", out _) ? token : null;
        }
        catch (Exception e) when (e is ArgumentException or SecurityTokenException)
        {
            return null;
        }
    }

    private static CallerRefusal Explain(Exception exception) => exception switch
    {
        SecurityTokenExpiredException => TokenRefusals.Expired,
        SecurityTokenNotYetValidException => TokenRefusals.NotYetValid,
        SecurityTokenInvalidAudienceException => TokenRefusals.WrongAudience,
        SecurityTokenInvalidIssuerException => TokenRefusals.UnknownIssuer,
        SecurityTokenNoExpirationException => TokenRefusals.WithoutEnd,
        _ => TokenRefusals.BadSignature,
    };
}
