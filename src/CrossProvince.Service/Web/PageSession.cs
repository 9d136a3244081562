using System.Buffers.Text;
using System.Text;
using CrossProvince.Core.Verification;
using CrossProvince.Service.Hosting;
using CrossProvince.Service.Storage;
using Microsoft.AspNetCore.Authentication.Cookies;

namespace CrossProvince.Service.Web;

/// <summary>Keeps the token of whoever has signed in on a page: sealed in a cookie, where neither scripts nor other sites can use it.</summary>
/// <remarks>
/// Before authentication the token is put back to where a program would send it, so that one set of rules judges every token on every request.
/// It counts only with a header that pages of this node send: another site can neither set it nor ask whether it may. The key is shared by the
/// region's nodes, so a session holds at all of them and survives their restart; it ends <see cref="WebOptions.SessionIdle"/> after its last
/// use, and with the token in any case.
/// </remarks>
internal sealed class PageSession(PageKey key, NodeSettings node, TrustedClock clock)
{
    /// <summary>What pages of this node send with every call.</summary>
    public const string Header = "X-CrossProvince-Page";

    private const string Place = "page-session";

    private static readonly TimeSpan s_renewAfter = TimeSpan.FromSeconds(30);

    /// <summary>A browser takes 4 KB a cookie: a larger token goes into several.</summary>
    private readonly ChunkingCookieManager _cookies = new();

    // RFC 6265bis: with this prefix a browser takes the cookie over TLS only, for this host only.
    private string Cookie => node.WebIsSecure ? "__Host-crossprovince" : "crossprovince";

    /// <summary>To stand before authentication on the listener of pages.</summary>
    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        var request = context.Request;
        if (request.Headers.Authorization.Count == 0 && request.Headers.ContainsKey(Header) && _cookies.GetRequestCookie(context, Cookie) is { Length: > 0 } cookie)
        {
            await key.PrepareAsync(context.RequestAborted);
            if (Open(cookie) is { } opened)
            {
                request.Headers.Authorization = $"Bearer {opened.Token}";
                if (clock.Now().UnixMilliseconds - opened.UsedAt > s_renewAfter.TotalMilliseconds)
                {
                    await KeepAsync(context, opened.Token);
                }
            }
        }

        await next(context);
    }

    /// <summary>Begins a session, or goes on with it: the browser gets the token, sealed as of now.</summary>
    public async Task KeepAsync(HttpContext context, string token)
    {
        await key.PrepareAsync(context.RequestAborted);
        _cookies.AppendResponseCookie(context, Cookie, Base64Url.EncodeToString(key.Seal(Place, Encoding.UTF8.GetBytes(token))), Options());
    }

    /// <summary>Ends the session of this browser.</summary>
    public void End(HttpContext context) => _cookies.DeleteCookie(context, Cookie, Options());

    private (string Token, long UsedAt)? Open(string cookie)
    {
        var bytes = new byte[Base64Url.GetMaxDecodedLength(cookie.Length)];
        return Base64Url.TryDecodeFromChars(cookie, bytes, out var length) && key.Open(Place, bytes.AsSpan(0, length), node.Options.Web.SessionIdle) is { } token
            ? (Encoding.UTF8.GetString(token), SealedRecord.TimeOf(bytes))
            : null;
    }

    private CookieOptions Options() => new() { HttpOnly = true, Secure = node.WebIsSecure, SameSite = SameSiteMode.Strict, Path = "/", IsEssential = true };
}
