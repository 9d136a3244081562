using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using CrossProvince.Core.Trust;
using CrossProvince.Service.Hosting;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;

namespace CrossProvince.Service.Identity;

/// <summary>Reads public keys of identity providers: PEM, key sets (RFC 7517), discovery documents (OpenID Connect Discovery 1.0).</summary>
/// <remarks>Only P-256 and RSA keys of 2048 bits or more that are meant for signatures are taken; secrets never are.</remarks>
internal static class TokenKeyReader
{
    private const int LargestAnswer = 256 * 1024;
    private const int MostKeys = 64;
    private const int LeastRsaBits = 2048;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);

    /// <summary>One key.</summary>
    /// <exception cref="InvalidDataException">It is no such key.</exception>
    public static SecurityKey FromPem(string pem)
    {
        try
        {
            return CheckEc(ImportEc(pem));
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            return FromRsaPem(pem);
        }
    }

    /// <summary>A key set.</summary>
    /// <param name="json">The document.</param>
    /// <param name="refuseSamples">Whether keys of <c>certs-sample/</c> are left out.</param>
    /// <exception cref="InvalidDataException">It is no key set, or no key in it can be used.</exception>
    public static IReadOnlyList<SecurityKey> FromJwks(string json, bool refuseSamples)
    {
        JsonWebKeySet set;
        try
        {
            set = JsonWebKeySet.Create(json);
        }
        catch (ArgumentException e)
        {
            throw new InvalidDataException("is not a key set (RFC 7517).", e);
        }

        var keys = set.Keys.Take(MostKeys).Select(TryRead).OfType<SecurityKey>().Where(k => !refuseSamples || !IsSample(k)).ToList();
        return keys.Count > 0 ? keys : throw new InvalidDataException("has no key for signatures of P-256 or RSA with 2048 bits or more.");
    }

    /// <summary>Whether everybody has the private half.</summary>
    public static bool IsSample(SecurityKey key) => SampleKeys.Contains(key switch
    {
        ECDsaSecurityKey ec => ec.ECDsa.ExportSubjectPublicKeyInfo(),
        RsaSecurityKey rsa => rsa.Rsa.ExportSubjectPublicKeyInfo(),
        _ => [],
    });

    /// <summary>Fetches a key set.</summary>
    public static async Task<IReadOnlyList<SecurityKey>> FetchAsync(HttpClient http, Uri keySet, bool refuseSamples, CancellationToken cancellation) =>
        FromJwks(await http.GetStringAsync(keySet, cancellation), refuseSamples);

    /// <summary>Fetches a discovery document, and then the key set that it names.</summary>
    /// <exception cref="InvalidDataException">The document is of another issuer, or its key set is not behind https.</exception>
    public static async Task<IReadOnlyList<SecurityKey>> DiscoverAsync(HttpClient http, Uri document, string issuer, bool refuseSamples, CancellationToken cancellation)
    {
        var found = OpenIdConnectConfiguration.Create(await http.GetStringAsync(document, cancellation));
        if (found.Issuer != issuer)
        {
            throw new InvalidDataException("describes another issuer than the one configured.");
        }

        return Uri.TryCreate(found.JwksUri, UriKind.Absolute, out var keySet) && keySet.Scheme == Uri.UriSchemeHttps
            ? await FetchAsync(http, keySet, refuseSamples, cancellation)
            : throw new InvalidDataException("names no key set (jwks_uri) behind https.");
    }

    /// <summary>A client for one provider: no redirects, small answers, five seconds.</summary>
    /// <param name="authorities">Its certificate authorities; null: the system's.</param>
    public static HttpClient MakeClient(X509Certificate2Collection? authorities)
    {
        var handler = new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false, PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30) };
        if (authorities is not null)
        {
            var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck, DisableCertificateDownloads = true };
            policy.CustomTrustStore.AddRange(authorities);
            handler.SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = policy };
        }

        return new HttpClient(new ConnectionFailures(handler)) { Timeout = s_patience, MaxResponseContentBufferSize = LargestAnswer };
    }

    private static ECDsa ImportEc(string pem)
    {
        var key = ECDsa.Create();
        key.ImportFromPem(pem);
        return key;
    }

    private static ECDsaSecurityKey CheckEc(ECDsa key) => key.ExportParameters(false).Curve.Oid.Value == ECCurve.NamedCurves.nistP256.Oid.Value
        ? new ECDsaSecurityKey(key)
        : throw new InvalidDataException("holds a key of another curve than P-256.");

    private static RsaSecurityKey FromRsaPem(string pem)
    {
        var key = RSA.Create();
        try
        {
            key.ImportFromPem(pem);
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            throw new InvalidDataException("holds no public key of P-256 or RSA in PEM.", e);
        }

        return key.KeySize >= LeastRsaBits ? new RsaSecurityKey(key) : throw new InvalidDataException($"holds an RSA key of fewer than {LeastRsaBits} bits.");
    }

    private static SecurityKey? TryRead(JsonWebKey key)
    {
        if (key.Use is not (null or "" or "sig"))
        {
            return null;
        }

        try
        {
            return key.Kty switch
            {
                "EC" when key.Crv == "P-256" => new ECDsaSecurityKey(ECDsa.Create(new ECParameters
                {
                    Curve = ECCurve.NamedCurves.nistP256,
                    Q = new ECPoint { X = Base64UrlEncoder.DecodeBytes(key.X), Y = Base64UrlEncoder.DecodeBytes(key.Y) },
                }))
                { KeyId = NullIfEmpty(key.Kid) },
                "RSA" => ReadRsa(key),
                _ => null,
            };
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException or FormatException)
        {
            // One key that cannot be read spoils no other.
            return null;
        }
    }

    private static RsaSecurityKey? ReadRsa(JsonWebKey key)
    {
        var rsa = RSA.Create(new RSAParameters { Modulus = Base64UrlEncoder.DecodeBytes(key.N), Exponent = Base64UrlEncoder.DecodeBytes(key.E) });
        return rsa.KeySize >= LeastRsaBits ? new RsaSecurityKey(rsa) { KeyId = NullIfEmpty(key.Kid) } : null;
    }

    private static string? NullIfEmpty(string? kid) => kid is { Length: > 0 } ? kid : null;
}
