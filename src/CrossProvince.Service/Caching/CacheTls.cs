using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using CrossProvince.Service.Hosting;

namespace CrossProvince.Service.Caching;

/// <summary>Certificates of and for Redis, and what was wrong with the last one.</summary>
internal sealed class CacheTls
{
    private readonly X509Certificate2Collection? _authorities;
    private readonly X509Certificate2? _own;
    private volatile string? _fault;

    private CacheTls(X509Certificate2Collection? authorities, X509Certificate2? own) => (_authorities, _own) = (authorities, own);

    /// <summary>Whether there is a certificate to show.</summary>
    public bool HasOwn => _own is not null;

    /// <summary>Why the last server's certificate was refused; null when it was not.</summary>
    public string? Fault => _fault;

    /// <summary>Reads the files.</summary>
    /// <exception cref="ConfigurationException">One is missing or cannot be read.</exception>
    public static CacheTls Read(RedisOptions options)
    {
        if (options.Certificate is null != options.Key is null)
        {
            throw new ConfigurationException(options.Key is null ? "Redis:Key" : "Redis:Certificate", "is not set: a certificate for Redis takes both, the certificate and its key.");
        }

        return new CacheTls(
            options.CertificateAuthority is { } authorities ? Read("Redis:CertificateAuthority", () => ReadAuthorities(authorities)) : null,
            options.Certificate is { } certificate ? Read("Redis:Certificate", () => ReadOwn(certificate, options.Key!)) : null);
    }

    /// <summary>Judges a server's certificate, as a callback of the library.</summary>
    public bool Validate(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateNotAvailable) || certificate is null)
        {
            return Refuse("Its server showed no certificate.");
        }

        using var shown = new X509Certificate2(certificate);
        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch))
        {
            return Refuse("The certificate of its server is for another host than the connection string names (sslHost=… names the right one).");
        }

        if (_authorities is null)
        {
            return !errors.HasFlag(SslPolicyErrors.RemoteCertificateChainErrors)
                ? Accept()
                : Refuse($"The certificate of its server is not trusted on this machine ({Describe(chain)}); Redis:CertificateAuthority names its authority.");
        }

        using var judged = new X509Chain();
        judged.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        judged.ChainPolicy.CustomTrustStore.AddRange(_authorities);
        judged.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        judged.ChainPolicy.DisableCertificateDownloads = true;
        if (chain is not null)
        {
            judged.ChainPolicy.ExtraStore.AddRange(chain.ChainElements.Select(element => element.Certificate).ToArray());
        }

        return judged.Build(shown) ? Accept() : Refuse($"The certificate of its server does not lead to Redis:CertificateAuthority, or is not valid now ({Describe(judged)}).");
    }

    /// <summary>Chooses the certificate to show, as a callback of the library.</summary>
    public X509Certificate Select(object sender, string targetHost, X509CertificateCollection localCertificates, X509Certificate? remoteCertificate, string[] acceptableIssuers) => _own!;

    private static X509Certificate2Collection ReadAuthorities(string file)
    {
        var authorities = new X509Certificate2Collection();
        authorities.ImportFromPemFile(file);
        return authorities.Count > 0 ? authorities : throw new CryptographicException("It holds no certificate.");
    }

    private static X509Certificate2 ReadOwn(string certificate, string key)
    {
        // TLS wants the key with the certificate in one store; the round trip through PKCS#12 gives it that everywhere.
        using var pem = X509Certificate2.CreateFromPemFile(certificate, key);
        return X509CertificateLoader.LoadPkcs12(pem.Export(X509ContentType.Pkcs12), null);
    }

    private static T Read<T>(string setting, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            throw new ConfigurationException(setting, $"names a file that cannot be read as a certificate in PEM: {e.Message}");
        }
    }

    private static string Describe(X509Chain? chain) =>
        string.Join(", ", (chain?.ChainStatus ?? []).Select(status => status.Status.ToString()).Distinct()) is { Length: > 0 } said ? said : "no chain";

    private bool Accept()
    {
        _fault = null;
        return true;
    }

    private bool Refuse(string fault)
    {
        _fault = fault;
        return false;
    }
}
