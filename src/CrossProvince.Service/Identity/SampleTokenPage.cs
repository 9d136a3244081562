using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Unicode;
using CrossProvince.Service.Hosting;
using Google.Rpc;
using Grpc.Core;

namespace CrossProvince.Service.Identity;

/// <summary>The page of the sample identity provider: one form, no script, nothing from elsewhere.</summary>
/// <param name="asked">What was asked for, which stays in the form; null before anything was.</param>
/// <param name="token">The token, if there is one.</param>
/// <param name="refusal">Why there is none.</param>
internal sealed class SampleTokenPage(IFormCollection? asked, string? token, RpcException? refusal) : IResult
{
    private const string Style = """
        :root { color-scheme: light dark; font-family: system-ui, "Noto Sans CJK SC", "Microsoft YaHei", sans-serif; line-height: 1.5; }
        body { max-width: 40rem; margin: 0 auto; padding: 1rem; }
        h1 { font-size: 1.5rem; margin: 0.5rem 0; }
        [lang=en] { opacity: 0.75; font-size: 0.875em; }
        fieldset { border: 1px solid #8888; border-radius: 0.5rem; margin: 1rem 0; padding: 0.5rem 1rem 1rem; }
        legend { font-weight: 600; padding: 0 0.25rem; }
        label { display: block; margin-top: 0.75rem; }
        input, select, textarea, button { box-sizing: border-box; width: 100%; min-height: 2.75rem; padding: 0.5rem; font: inherit; border: 1px solid #888; border-radius: 0.375rem; }
        button { background: #0b57d0; color: #fff; border-color: #0b57d0; font-weight: 600; cursor: pointer; }
        textarea { font-family: ui-monospace, monospace; font-size: 0.875rem; word-break: break-all; }
        .note { border-left: 4px solid #c77700; padding-left: 0.75rem; }
        .done, .refused { border-radius: 0.5rem; padding: 0.5rem 1rem; border: 2px solid #188038; }
        .refused { border-color: #b3261e; }
        .done p, .refused p { margin: 0.25rem 0; }
        """;

    private static readonly string s_policy =
        $"default-src 'none'; style-src 'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(Style)))}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

    private static readonly HtmlEncoder s_encoder = HtmlEncoder.Create(UnicodeRanges.All);

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        response.StatusCode = refusal is null ? StatusCodes.Status200OK : HttpErrors.StatusCodeOf(refusal.StatusCode);
        response.Headers.ContentSecurityPolicy = s_policy;
        response.Headers.XContentTypeOptions = "nosniff";
        response.Headers.CacheControl = "no-store";
        response.Headers["Referrer-Policy"] = "no-referrer";
        response.ContentType = "text/html; charset=utf-8";
        await response.WriteAsync(Page(), httpContext.RequestAborted);
    }

    private string Page() => $"""
        <!DOCTYPE html>
        <html lang="zh-CN">
        <head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>样例令牌</title>
        <style>{Style}</style></head>
        <body>
        <h1>样例令牌 {En("Sample tokens")}</h1>
        <p class="note">仅限开发环境：任何人都可以在此取得任何人的令牌。<br>{En("For development only: anybody gets anybody's token here.")}</p>
        {Answer()}
        <form method="post" action="/dev/token" autocomplete="off">
        <label>身份 {En("Who signs in")}
        {Choice("as", ("holder", "持证人本人 · holder"), ("guardian", "监护人 · guardian"), ("agent", "企业经办人 · agent"), ("operator", "窗口操作员 · operator"))}</label>
        <fieldset><legend>持证人、监护人、经办人 {En("Holder, guardian, agent")}</legend>
        <label>证照标识 {En("Licence identifier")}
        {Input("licence_id", "1.2.156.3005.2.…")}</label>
        <label>证件号码：持证人可以只填此项，不填证照标识 {En("Own number: enough for a holder, instead of a licence")}
        {Input("code", "")}</label>
        <label>证件类型：111 公民身份号码，001 统一社会信用代码 {En("Kind of number")}
        {Input("code_type", "111")}</label>
        </fieldset>
        <fieldset><legend>窗口操作员 {En("Operator")}</legend>
        <label>机构的统一社会信用代码 {En("Organisation")}
        {Input("org", "11110000XXXXXX902M")}</label>
        <label>终端编号：填写后只能在该终端核验 {En("Terminal: the token is then good there only")}
        {Input("terminal", "window-1")}</label>
        </fieldset>
        <label>保证等级 {En("Level of assurance")}
        {Choice("loa", ("high", "高 · high"), ("substantial", "中 · substantial"), ("low", "低 · low"))}</label>
        <p><button>取得令牌 Get a token</button></p>
        </form>
        </body>
        </html>

        """;

    private string Answer() => (token, refusal) switch
    {
        ({ } given, _) => $"""
            <section class="done" role="status"><p>令牌一小时内有效，请放在请求头中：<code>Authorization: Bearer …</code> {En("Good for one hour; goes into the request's header.")}</p>
            <textarea name="token" rows="6" readonly aria-label="令牌 Token">{Safe(given)}</textarea></section>
            """,
        (_, { } why) => $"""<section class="refused" role="alert"><p>{Safe(Said(why, "zh-CN"))}</p><p>{En(Safe(Said(why, "en")))}</p></section>""",
        _ => "",
    };

    private string Input(string name, string example) => $"""<input name="{name}" value="{Safe(Asked(name))}" placeholder="{example}">""";

    private string Choice(string name, params (string Value, string Text)[] options) =>
        $"""<select name="{name}">{string.Concat(options.Select(o => $"""<option value="{o.Value}"{(o.Value == Asked(name) ? " selected" : "")}>{o.Text}</option>"""))}</select>""";

    private string Asked(string name) => asked?[name].ToString() ?? "";

    private static string Said(RpcException error, string locale) => error.GetRpcStatus()!.Details
        .Where(detail => detail.Is(LocalizedMessage.Descriptor)).Select(detail => detail.Unpack<LocalizedMessage>()).First(message => message.Locale == locale).Message;

    private static string En(string text) => $"""<span lang="en">{text}</span>""";

    private static string Safe(string text) => s_encoder.Encode(text);
}
