using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using CrossProvince.Integration.Tests.Nodes;
using CrossProvince.Tests;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace CrossProvince.Integration.Tests.Identity;

/// <summary>An identity provider with keys of its own, on real TLS when a test lets it serve them.</summary>
internal sealed class TestProvider : IAsyncDisposable
{
    internal const string Audience = "crossprovince";

    private readonly Dictionary<string, ECDsa> _ec = [];
    private readonly Dictionary<string, RSA> _rsa = [];
    private WebApplication? _app;
    private int _served;

    internal TestProvider(string name) => (Name, Url) = (name, new Uri($"https://127.0.0.1:{FreePort.Next()}"));

    internal string Name { get; }

    internal Uri Url { get; }

    /// <summary>The issuer that its discovery document names.</summary>
    internal string Described { get; set; } = "";

    /// <summary>How people sign in with it; null: they do not.</summary>
    internal TestSignIn? SignIn { get; set; }

    /// <summary>How often its key set was fetched.</summary>
    internal int Served => Volatile.Read(ref _served);

    internal void AddEc(string kid) => _ec.Add(kid, ECDsa.Create(ECCurve.NamedCurves.nistP256));

    internal void AddRsa(string kid) => _rsa.Add(kid, RSA.Create(2048));

    internal void Forget(string kid) => _ec.Remove(kid);

    internal string PublicPem(string kid) => _ec[kid].ExportSubjectPublicKeyInfoPem();

    /// <summary>The key set as the provider publishes it, with a secret among it that nobody may take for a key.</summary>
    internal string Jwks() => new JsonObject
    {
        ["keys"] = new JsonArray(
        [
            .. _ec.Select(k => (JsonNode)Ec(k.Key, k.Value.ExportParameters(false))),
            .. _rsa.Select(k => (JsonNode)Rsa(k.Key, k.Value.ExportParameters(false))),
            new JsonObject { ["kty"] = "oct", ["kid"] = "secret", ["k"] = "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3JldA" },
        ]),
    }.ToJsonString();

    /// <summary>A token.</summary>
    internal string Token(
        TimeProvider clock, Dictionary<string, object> claims, string kid, string algorithm = SecurityAlgorithms.EcdsaSha256, string audience = Audience, TimeSpan age = default, string? name = null)
    {
        SecurityKey key = _ec.TryGetValue(kid, out var ec) ? new ECDsaSecurityKey(ec) { KeyId = kid } : new RsaSecurityKey(_rsa[kid]) { KeyId = kid };
        return Token(clock, claims, new SigningCredentials(key, algorithm), audience, age, name ?? Name);
    }

    /// <summary>A token with whatever signature, or none.</summary>
    internal static string Token(TimeProvider clock, Dictionary<string, object> claims, SigningCredentials? credentials, string audience, TimeSpan age, string name)
    {
        var issued = clock.GetUtcNow().UtcDateTime - age;
        return new JsonWebTokenHandler().CreateToken(new SecurityTokenDescriptor
        {
            Issuer = name,
            Audience = audience,
            IssuedAt = issued,
            NotBefore = issued,
            Expires = issued.AddHours(1),
            Claims = claims,
            SigningCredentials = credentials,
        });
    }

    /// <summary>Serves discovery document and key set under a certificate of a federation's region.</summary>
    internal async Task StartAsync(TestFederation federation)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel => kestrel.ListenLocalhost(Url.Port, listen => listen.UseHttps(https =>
        {
            using var pem = X509Certificate2.CreateFromPemFile(federation.PathOf("110000/node/cert.pem"), federation.PathOf("110000/node/key.pem"));
            https.ServerCertificate = X509CertificateLoader.LoadPkcs12(pem.Export(X509ContentType.Pkcs12), null);
            https.ClientCertificateMode = ClientCertificateMode.NoCertificate;
        })));
        _app = builder.Build();
        _app.MapGet("/.well-known/openid-configuration", () => Results.Text(
            new JsonObject
            {
                ["issuer"] = Described.Length > 0 ? Described : Name,
                ["jwks_uri"] = $"{Url}jwks",
                // Another site than the node's, as browsers see it.
                ["authorization_endpoint"] = $"https://localhost:{Url.Port}/authorize",
                ["token_endpoint"] = $"{Url}token",
                ["end_session_endpoint"] = $"https://localhost:{Url.Port}/logout?tenant=1",
            }.ToJsonString(),
            "application/json"));
        _app.MapGet("/jwks", () =>
        {
            Interlocked.Increment(ref _served);
            return Results.Text(Jwks(), "application/json");
        });
        SignIn?.Map(_app);
        await _app.StartAsync();
    }

    internal async Task StopAsync()
    {
        if (_app is { } app)
        {
            _app = null;
            await app.StopAsync();
            await app.DisposeAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        foreach (var key in _ec.Values)
        {
            key.Dispose();
        }

        foreach (var key in _rsa.Values)
        {
            key.Dispose();
        }
    }

    private static JsonObject Ec(string kid, ECParameters key) => new()
    {
        ["kty"] = "EC",
        ["crv"] = "P-256",
        ["use"] = "sig",
        ["kid"] = kid,
        ["x"] = Base64UrlEncoder.Encode(key.Q.X),
        ["y"] = Base64UrlEncoder.Encode(key.Q.Y),
    };

    private static JsonObject Rsa(string kid, RSAParameters key) => new()
    {
        ["kty"] = "RSA",
        ["use"] = "sig",
        ["kid"] = kid,
        ["n"] = Base64UrlEncoder.Encode(key.Modulus),
        ["e"] = Base64UrlEncoder.Encode(key.Exponent),
    };
}
