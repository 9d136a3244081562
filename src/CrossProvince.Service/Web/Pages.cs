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

    /// <summary>Each is a folder with an index.html.</summary>
    private static readonly string[] s_pages = ["counter", "help"];

    /// <summary>No script, style or connection but this node's own; the camera decoder is WebAssembly. CSP Level 3.</summary>
    private const string Policy =
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self'; media-src 'self' blob:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

    private static string Folder => Path.Combine(AppContext.BaseDirectory, "pages");

    public static void AddPages(this IServiceCollection services)
    {
        services.AddSingleton<PageSession>();

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

        web.UseWhen(context => context.Request.Path.StartsWithSegments(Assets), assets =>
        {
            assets.UseResponseCompression();
            assets.UseStaticFiles(new StaticFileOptions
            {
                FileProvider = new PhysicalFileProvider(Folder),

                // Their names change with their content.
                OnPrepareResponse = file =>
                {
                    file.Context.Response.Headers.CacheControl = "public, max-age=31536000, immutable";
                    file.Context.Response.Headers.XContentTypeOptions = "nosniff";
                },
            });
        });
    }

    /// <summary><c>GET /counter</c>, <c>GET /help</c>; <c>GET /</c> leads to the counter console.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/", () => Results.Redirect("/counter"));
        foreach (var page in s_pages)
        {
            var file = Path.Combine(Folder, page, "index.html");
            routes.MapGet($"/{page}", (HttpContext context) => File.Exists(file) ? Serve(context, file) : NotBuilt());
        }
    }

    private static IResult Serve(HttpContext context, string file)
    {
        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy = Policy;
        headers.XContentTypeOptions = "nosniff";
        headers.CacheControl = "no-cache";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Permissions-Policy"] = "camera=(self), geolocation=(), microphone=()";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        return Results.File(file, "text/html; charset=utf-8");
    }

    private static IResult NotBuilt() => HttpErrors.Result(RpcErrors.Plain(
        StatusCode.Unimplemented,
        "PAGES_NOT_BUILT",
        "本程序构建时没有 Node.js，因此不含网页：请安装 Node.js 20.19 或更高版本后重新构建。",
        "This program was built without Node.js and has no pages: install Node.js 20.19 or newer and build it again."));
}
