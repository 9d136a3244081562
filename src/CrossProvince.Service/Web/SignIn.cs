using CrossProvince.Core.Verification;
using CrossProvince.Service.Hosting;
using CrossProvince.Service.Identity;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;

namespace CrossProvince.Service.Web;

/// <summary>Signing in on pages with the configured identity providers: OpenID Connect, authorization code with PKCE (ADR 0048).</summary>
/// <remarks>OpenID Connect Core 1.0, section 3.1; RFC 7636. What comes back is judged like every other token, on every request.</remarks>
internal static partial class SignIn
{
    private const string StartPath = "/session/start";
    private const string ReturnPath = "/session/return";
    private const string EndedPath = "/session/ended";
    private const string Provider = "provider";

    /// <summary>The page says what has become of signing in, when nothing has: <c>cancelled</c>, <c>failed</c>, or <c>away</c>.</summary>
    private const string Outcome = "sign-in";

    /// <summary>How long signing out waits for a provider's discovery document: who leaves must not stay for it.</summary>
    private static readonly TimeSpan s_patienceAtTheEnd = TimeSpan.FromSeconds(2);

    /// <summary>Where a provider sends browsers back to, as it must know it.</summary>
    /// <param name="provider">Its place in <c>Tokens:Issuers</c>.</param>
    public static string ReturnPathOf(int provider) => $"{ReturnPath}/{provider}";

    public static void AddSignIn(this IServiceCollection services, IReadOnlyList<TokenIssuer> issuers)
    {
        services.AddSingleton<SignInSeals>();
        var authentication = new AuthenticationBuilder(services);
        foreach (var (place, issuer) in issuers.Index())
        {
            if (issuer.SignIn is not { } client)
            {
                continue;
            }

            authentication.AddOpenIdConnect(Scheme(place), options => Describe(options, client, ReturnPathOf(place)));
            services.AddOptions<OpenIdConnectOptions>(Scheme(place)).Configure<TokenProviders, TrustedClock, SignInSeals, NodeSettings, PageSession>((options, providers, clock, seals, node, session) =>
            {
                var keys = providers.KeysOf(issuer.Name);
                options.DataProtectionProvider = seals;
                options.TokenValidationParameters = TokenSchemes.Rules(issuer, keys, clock);
                options.TokenValidationParameters.ValidAudience = client.Id;
                foreach (var cookie in new[] { options.CorrelationCookie, options.NonceCookie })
                {
                    // Providers send browsers back by a plain link, which Lax cookies come along with.
                    cookie.SameSite = SameSiteMode.Lax;
                    cookie.SecurePolicy = node.WebIsSecure ? CookieSecurePolicy.Always : CookieSecurePolicy.None;
                }

                options.Events = new OpenIdConnectEvents
                {
                    OnRedirectToIdentityProvider = context =>
                    {
                        context.ProtocolMessage.RedirectUri = new Uri(node.PublicUrl!, ReturnPathOf(place)).AbsoluteUri;
                        return Task.CompletedTask;
                    },
                    OnTokenResponseReceived = context => PrepareKeysAsync(context, keys),
                    OnTicketReceived = context => KeepAsync(context, issuer, session),
                    OnAccessDenied = context => Leave(context, context.Properties, "cancelled"),
                    OnRemoteFailure = context =>
                    {
                        LogFailed(Logger(context.HttpContext), issuer.Name, ReasonOf(context.Failure));
                        return Leave(context, context.Properties, "failed");
                    },
                };
            });
        }
    }

    /// <summary>Where the provider that a session came from ends its own. OpenID Connect RP-Initiated Logout 1.0, section 2.</summary>
    /// <remarks>The request bears no <c>id_token_hint</c>: that names a person, and would stand in an address.</remarks>
    /// <param name="context">A request with the session.</param>
    /// <param name="node">The node.</param>
    /// <param name="page">The page to come back to.</param>
    /// <returns>The address; null when the session is no provider's, or the provider does not say where or cannot be asked now.</returns>
    public static async Task<string?> FindEndAsync(HttpContext context, NodeSettings node, string page)
    {
        var issuer = context.User.FindFirst("iss")?.Value;
        var place = node.TokenIssuers.Index().Where(i => i.Item.SignIn is not null && i.Item.Name == issuer).Select(i => i.Index).FirstOrDefault(-1);
        if (place < 0 || !Pages.Exists(page))
        {
            return null;
        }

        using var patience = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        patience.CancelAfter(s_patienceAtTheEnd);
        try
        {
            var options = context.RequestServices.GetRequiredService<IOptionsMonitor<OpenIdConnectOptions>>().Get(Scheme(place));
            var provider = await options.ConfigurationManager!.GetConfigurationAsync(patience.Token);
            return Uri.TryCreate(provider.EndSessionEndpoint, UriKind.Absolute, out var end) && end.Scheme == Uri.UriSchemeHttps
                ? new OpenIdConnectMessage
                {
                    IssuerAddress = end.AbsoluteUri,
                    ClientId = node.TokenIssuers[place].SignIn!.Id,
                    PostLogoutRedirectUri = new Uri(node.PublicUrl!, EndedPath).AbsoluteUri,
                    State = page,
                    EnableTelemetryParameters = false,
                }.CreateLogoutRequestUrl()
                : null;
        }
        catch (Exception e) when (e is InvalidOperationException or HttpRequestException or IOException or OperationCanceledException)
        {
            LogNotEnded(Logger(context), node.TokenIssuers[place].Name, ReasonOf(e));
            return null;
        }
    }

    /// <summary><c>GET /session/start</c>: to the identity provider, and <c>GET /session/return/N</c>: back from it; <c>GET /session/ended</c>: back from signing out there.</summary>
    public static void Map(IEndpointRouteBuilder routes, NodeSettings node)
    {
        routes.MapGet(StartPath, async (HttpContext context, PageKey key) =>
        {
            var page = context.Request.Query["page"].ToString();
            if (!Pages.Exists(page))
            {
                return HttpErrors.Result(RpcErrors.InvalidArgument("page", "须为本节点的网页，例如 counter。", "must be a page of this node, such as counter."));
            }

            if (!int.TryParse(context.Request.Query[Provider], out var place) || place < 0 || place >= node.TokenIssuers.Count || node.TokenIssuers[place].SignIn is null)
            {
                return HttpErrors.Result(RpcErrors.InvalidArgument(Provider, "须为 /session 所列的身份提供方。", "must be an identity provider that /session lists."));
            }

            await key.PrepareAsync(context.RequestAborted);
            context.Response.Headers.CacheControl = "no-store";
            try
            {
                // At a counter one person follows another: whoever sits down proves who they are.
                await context.ChallengeAsync(Scheme(place), new OpenIdConnectChallengeProperties { RedirectUri = $"/{page}", Prompt = Pages.IsShared(page) ? "login" : null });
            }
            catch (Exception e) when (e is InvalidOperationException or HttpRequestException or IOException or TaskCanceledException)
            {
                LogFailed(Logger(context), node.TokenIssuers[place].Name, ReasonOf(e));
                context.Response.Redirect($"/{page}?{Outcome}=away");
            }

            return Results.Empty;
        });
        routes.MapGet(EndedPath, Ended);
        foreach (var (place, issuer) in node.TokenIssuers.Index())
        {
            if (issuer.SignIn is not null)
            {
                routes.MapGet(ReturnPathOf(place), async (HttpContext context, PageKey key, IAuthenticationHandlerProvider handlers) =>
                {
                    await key.PrepareAsync(context.RequestAborted);
                    context.Response.Headers.CacheControl = "no-store";
                    await ((IAuthenticationRequestHandler)(await handlers.GetHandlerAsync(context, Scheme(place)))!).HandleRequestAsync();
                });
            }
        }
    }

    private static IResult Ended(HttpContext context)
    {
        var page = context.Request.Query["state"].ToString();
        context.Response.Headers.CacheControl = "no-store";
        return Results.Redirect(Pages.Exists(page) ? $"/{page}" : "/");
    }

    private static void Describe(OpenIdConnectOptions options, SignInClient client, string returnPath)
    {
        options.MetadataAddress = client.Document.AbsoluteUri;
        options.Backchannel = client.Http;
        options.ClientId = client.Id;
        options.ClientSecret = client.Secret;
        options.CallbackPath = returnPath;
        options.ResponseType = OpenIdConnectResponseType.Code;
        options.ResponseMode = OpenIdConnectResponseMode.Query;
        options.UsePkce = true;
        options.Scope.Clear();
        foreach (var scope in client.Scopes.Prepend("openid").Distinct())
        {
            options.Scope.Add(scope);
        }

        options.MapInboundClaims = false;
        options.SaveTokens = true;
        options.RemoteAuthenticationTimeout = SignInSeals.Patience;
        options.DisableTelemetry = true;
    }

    /// <summary>The keys to judge the identity token by, before the library does.</summary>
    private static async Task PrepareKeysAsync(TokenResponseReceivedContext context, TokenKeys keys)
    {
        var handler = new JsonWebTokenHandler();
        if (context.TokenEndpointResponse.IdToken is { } token && handler.CanReadToken(token))
        {
            await keys.PrepareAsync(handler.ReadJsonWebToken(token).Kid is { Length: > 0 } kid ? kid : null, context.HttpContext.RequestAborted);
        }
    }

    /// <summary>The identity token is for its client; where a token for another audience is asked for, that is the access token.</summary>
    private static async Task KeepAsync(TicketReceivedContext context, TokenIssuer issuer, PageSession session)
    {
        var token = context.Properties?.GetTokenValue(issuer.Audience == issuer.SignIn!.Id ? OpenIdConnectParameterNames.IdToken : OpenIdConnectParameterNames.AccessToken);
        if (string.IsNullOrEmpty(token))
        {
            context.Fail("The provider gave no token for this node's audience.");
            return;
        }

        await session.KeepAsync(context.HttpContext, token);
        context.Response.Redirect(context.ReturnUri!);
        context.HandleResponse();
    }

    /// <summary>Back to the page that signing in began on, without a session.</summary>
    private static Task Leave(HandleRequestContext<RemoteAuthenticationOptions> context, AuthenticationProperties? properties, string outcome)
    {
        context.Response.Redirect($"{properties?.RedirectUri ?? "/"}?{Outcome}={outcome}");
        context.HandleResponse();
        return Task.CompletedTask;
    }

    /// <summary>The provider's own word for it, or the kind of error; never what a provider says of a person.</summary>
    private static string ReasonOf(Exception? failure) =>
        failure?.Data["error"] as string ?? (failure?.InnerException ?? failure)?.GetType().Name ?? "unknown";

    private static string Scheme(int place) => $"sign-in:{place}";

    private static ILogger Logger(HttpContext context) => context.RequestServices.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(SignIn));

    [LoggerMessage(Level = LogLevel.Warning, Message = "Signing in with {Issuer} failed: {Reason}.")]
    private static partial void LogFailed(ILogger logger, string issuer, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Whoever has signed out is still signed in with {Issuer}: where that ends could not be asked ({Reason}).")]
    private static partial void LogNotEnded(ILogger logger, string issuer, string reason);
}
