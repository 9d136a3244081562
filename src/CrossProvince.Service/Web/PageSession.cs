using System.Text;
using CrossProvince.Core.Verification;
using CrossProvince.Service.Hosting;
using CrossProvince.Service.Storage;

namespace CrossProvince.Service.Web;

/// <summary>Keeps the token of whoever has signed in on a page: sealed in a cookie, where neither scripts nor other sites can use it.</summary>
/// <remarks>
/// Before authentication the token is put back to where a program would send it, so that one set of rules judges every token on every request.
/// It counts only with a header that pages of this node send: another site can neither set it nor ask whether it may. The key is shared by the
/// region's nodes, so a session holds at all of them and survives their restart; it ends <see cref="WebOptions.SessionIdle"/> after its last
/// use, and with the token in any case.
/// </remarks>
internal sealed class PageSession(NodeSecrets secrets, NodeSettings node, TrustedClock clock)
{
    /// <summary>What pages of this node send with every call.</summary>
    public const string Header = "X-CrossProvince-Page";

    private const string Place = "page-session";

    private static readonly TimeSpan s_renewAfter = TimeSpan.FromSeconds(30);

    private readonly bool _isSecure = node.Web.Scheme == Uri.UriSchemeHttps || node.Options.Listen.BehindProxy;
    private byte[]? _key;

    // RFC 6265bis: with this prefix a browser takes the cookie over TLS only, for this host only.
    private string Cookie => _isSecure ? "__Host-crossprovince" : "crossprovince";

    /// <summary>To stand before authentication on the listener of pages.</summary>
    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        var request = context.Request;
        if (request.Headers.Authorization.Count == 0 && request.Headers.ContainsKey(Header) && request.Cookies[Cookie] is { Length: > 0 } cookie)
        {
            var now = clock.Now().UnixMilliseconds;
            if (await OpenAsync(cookie, now, context.RequestAborted) is { } opened)
            {
                request.Headers.Authorization = $"Bearer {opened.Token}";
                if (now - opened.UsedAt > s_renewAfter.TotalMilliseconds)
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
        var now = clock.Now().UnixMilliseconds;
        var value = SealedRecord.Seal(await KeyAsync(context.RequestAborted), Place, now, Encoding.UTF8.GetBytes(token));
        context.Response.Cookies.Append(Cookie, Convert.ToBase64String(value), Options());
    }

    /// <summary>Ends the session of this browser.</summary>
    public void End(HttpContext context) => context.Response.Cookies.Delete(Cookie, Options());

    private async Task<(string Token, long UsedAt)?> OpenAsync(string cookie, long now, CancellationToken cancellation)
    {
        var bytes = new byte[cookie.Length];
        if (!Convert.TryFromBase64String(cookie, bytes, out var length))
        {
            return null;
        }

        var since = now - (long)node.Options.Web.SessionIdle.TotalMilliseconds;
        return SealedRecord.Open(await KeyAsync(cancellation), Place, bytes.AsSpan(0, length), since) is { } token
            ? (Encoding.UTF8.GetString(token), SealedRecord.TimeOf(bytes))
            : null;
    }

    private async Task<byte[]> KeyAsync(CancellationToken cancellation) => _key ??= await secrets.GetAsync(NodeSecrets.PageSessions, cancellation);

    private CookieOptions Options() => new() { HttpOnly = true, Secure = _isSecure, SameSite = SameSiteMode.Strict, Path = "/", IsEssential = true };
}
