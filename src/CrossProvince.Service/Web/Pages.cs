using System.Net.Mime;
using CrossProvince.Service.Hosting;
using Grpc.Core;
using Microsoft.AspNetCore.ResponseCompression;
using Microsoft.Extensions.FileProviders;

namespace CrossProvince.Service.Web;

/// <summary>The pages: files that the build has made from <c>Web/pages</c>, served under a policy that lets nothing else run.</summary>
internal static class Pages
{
    private const string Assets = "/assets";

    private const string Wallet = "/wallet";

    /// <summary>No script, style or connection but this node's own. CSP Level 3.</summary>
    private const string Policy =
        "default-src 'none'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; ";

    private static readonly Page[] s_pages =
    [
        // The camera's decoder is WebAssembly.
        new("counter", Policy + "script-src 'self' 'wasm-unsafe-eval'; media-src 'self' blob:", "camera=(self), geolocation=(), microphone=()", IsShared: true),
        new("help", Policy + "script-src 'self'", "camera=(), geolocation=(), microphone=()"),
        new("ops", Policy + "script-src 'self'", "camera=(), geolocation=(), microphone=()", IsShared: true),

        // Installable; knows, when asked to, in which region the phone is.
        new(Wallet[1..], Policy + "script-src 'self'; worker-src 'self'; manifest-src 'self'", "camera=(), geolocation=(self), microphone=()"),
    ];

    private static string Folder => Path.Combine(AppContext.BaseDirectory, "pages");

    /// <summary>Whether there is a page of this name.</summary>
    public static bool Exists(string page) => s_pages.Any(p => p.Name == page);

    /// <summary>Whether it is used by one person after another, in the same browser.</summary>
    public static bool IsShared(string page) => s_pages.Any(p => p.Name == page && p.IsShared);

    public static void AddPages(this IServiceCollection services)
    {
        services.AddSingleton<PageKey>().AddSingleton<PageSession>();

        // Pages and their parts only: an answer with anybody's data is never compressed beside what a stranger may have put into it (BREACH).
        services.AddResponseCompression(compression =>
        {
            compression.EnableForHttps = true;
            compression.MimeTypes = [MediaTypeNames.Text.Html, MediaTypeNames.Text.Css, MediaTypeNames.Text.JavaScript, MediaTypeNames.Application.Wasm];
            compression.Providers.Add<BrotliCompressionProvider>();
            compression.Providers.Add<GzipCompressionProvider>();
        });
    }

    /// <summary>Serves what the pages are made of, before routing.</summary>
    public static void UsePages(this IApplicationBuilder web)
    {
        if (!Directory.Exists(Folder))
        {
            return;
        }

        web.UseWhen(context => IsPart(context.Request.Path), assets =>
        {
            assets.UseResponseCompression();
            assets.UseStaticFiles(new StaticFileOptions
            {
                FileProvider = new PhysicalFileProvider(Folder),
                OnPrepareResponse = file => PreparePart(file.Context),
            });
        });
    }

    private static bool IsPart(PathString path) =>
        path.StartsWithSegments(Assets) || (path.StartsWithSegments(Wallet, out var file) && file.HasValue && file != "/index.html");

    private static void PreparePart(HttpContext context)
    {
        var headers = context.Response.Headers;
        headers.XContentTypeOptions = "nosniff";
        if (context.Request.Path.StartsWithSegments(Assets))
        {
            // Their names change with their content.
            headers.CacheControl = "public, max-age=31536000, immutable";
            return;
        }

        headers.CacheControl = "no-cache";

        // The service worker: it rules the page, and may call this node only.
        headers["Service-Worker-Allowed"] = Wallet;
        headers.ContentSecurityPolicy = Policy;
    }

    /// <summary><c>GET /counter</c>, <c>GET /help</c>, <c>GET /ops</c>, <c>GET /wallet</c>; <c>GET /</c> leads to the counter console.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/", () => Results.Redirect("/counter"));
        foreach (var page in s_pages)
        {
            var file = Path.Combine(Folder, page.Name, "index.html");
            routes.MapGet($"/{page.Name}", (HttpContext context) => File.Exists(file) ? Serve(context, page, file) : NotBuilt());
        }
    }

    private static IResult Serve(HttpContext context, Page page, string file)
    {
        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy = page.Policy;
        headers.XContentTypeOptions = "nosniff";
        headers.CacheControl = "no-cache";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Permissions-Policy"] = page.Permissions;
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        return Results.File(file, "text/html; charset=utf-8");
    }

    private static IResult NotBuilt() => HttpErrors.Result(RpcErrors.Plain(
        StatusCode.Unimplemented,
        "PAGES_NOT_BUILT",
        "本程序构建时没有 Node.js，因此不含网页：请安装 Node.js 20.19 或更高版本后重新构建。",
        "This program was built without Node.js and has no pages: install Node.js 20.19 or newer and build it again."));

    /// <summary>A folder with an index.html.</summary>
    /// <param name="Name">Its name, and where it is served.</param>
    /// <param name="Policy">Its content security policy.</param>
    /// <param name="Permissions">What it may ask the browser for.</param>
    /// <param name="IsShared">Whether one person after another uses it, in the same browser.</param>
    private sealed record Page(string Name, string Policy, string Permissions, bool IsShared = false);
}
