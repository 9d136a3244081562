using System.Text.Encodings.Web;

namespace CrossProvince.Service.Identity;

/// <summary>The page of the sample identity provider: one form, no script, nothing from elsewhere.</summary>
/// <param name="answer">The token, or why there is none; null before anything was asked.</param>
internal sealed class SampleTokenPage(string? answer) : IResult
{
    private const string Before = """
        <!DOCTYPE html>
        <html lang="zh-CN">
        <head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>样例令牌 · Sample tokens</title></head>
        <body>
        <h1>样例令牌 · Sample tokens</h1>
        <p>仅限开发环境：任何人都可以在此取得任何人的令牌。<br>For development only: anybody gets anybody's token here.</p>
        """;

    private const string Form = """
        <form method="post" action="/dev/token" autocomplete="off">
        <p><label>身份 · as <select name="as">
        <option value="holder">本人 · holder</option><option value="guardian">监护人 · guardian</option>
        <option value="agent">企业经办人 · agent</option><option value="operator">窗口操作员 · operator</option>
        </select></label></p>
        <p><label>证照标识 · licence <input name="licence_id" size="90"></label></p>
        <p><label>证件号码 · code <input name="code" size="30"></label> <label>证件类型 · code type <input name="code_type" size="4" placeholder="111"></label></p>
        <p><label>机构（操作员） · organisation (operator) <input name="org" size="30"></label> <label>终端 · terminal <input name="terminal" size="20"></label></p>
        <p><label>保证等级 · level of assurance <select name="loa">
        <option value="high">high</option><option value="substantial">substantial</option><option value="low">low</option>
        </select></label></p>
        <p><button>取得令牌 · Get a token</button></p>
        </form>
        </body>
        </html>
        """;

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var headers = httpContext.Response.Headers;
        headers.ContentSecurityPolicy = "default-src 'none'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
        headers.XContentTypeOptions = "nosniff";
        headers.CacheControl = "no-store";
        headers["Referrer-Policy"] = "no-referrer";
        httpContext.Response.ContentType = "text/html; charset=utf-8";
        var said = answer is null ? "" : $"<p><output><code>{HtmlEncoder.Default.Encode(answer)}</code></output></p>\n";
        await httpContext.Response.WriteAsync($"{Before}\n{said}{Form}\n", httpContext.RequestAborted);
    }
}
