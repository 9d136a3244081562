using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Trust;

namespace CrossProvince.Client.Connecting;

/// <summary>What a caller shows to a node and what it trusts in return: a directory with cert.pem, key.pem and ca.pem.</summary>
public sealed class NodeIdentity : IDisposable
{
    /// <summary>The certificate, followed by intermediate ones if there are any.</summary>
    public const string CertificateFile = "cert.pem";

    /// <summary>The private key.</summary>
    public const string KeyFile = "key.pem";

    /// <summary>The certificate authorities that nodes' certificates must chain to.</summary>
    public const string AuthoritiesFile = "ca.pem";

    private NodeIdentity(PartyName name, X509Certificate2 certificate, X509Certificate2Collection intermediates, X509Certificate2Collection authorities)
    {
        Name = name;
        Certificate = certificate;
        Intermediates = intermediates;
        Authorities = authorities;
    }

    /// <summary>Whom the certificate speaks for.</summary>
    public PartyName Name { get; }

    /// <summary>The certificate, with its private key.</summary>
    public X509Certificate2 Certificate { get; }

    internal X509Certificate2Collection Intermediates { get; }

    internal X509Certificate2Collection Authorities { get; }

    /// <summary>Reads an identity directory.</summary>
    /// <param name="directory">The directory.</param>
    /// <param name="clock">Tells whether the certificate is valid now; null is the system's clock.</param>
    /// <exception cref="IdentityException">A file is missing, unreadable or wrong, or the certificate is not valid now.</exception>
    public static NodeIdentity Load(string directory, TimeProvider? clock = null)
    {
        if (!Directory.Exists(directory))
        {
            throw new IdentityException(new LocalizedText(
                $"身份目录 {directory} 不存在。请用 --identity 指定含有 {CertificateFile}、{KeyFile} 和 {AuthoritiesFile} 的目录。",
                $"The identity directory {directory} does not exist. Name a directory with {CertificateFile}, {KeyFile} and {AuthoritiesFile}."));
        }

        var chain = Certificates(directory, CertificateFile);
        var certificate = WithKey(directory);
        var authorities = Certificates(directory, AuthoritiesFile);
        var path = Path.Combine(directory, CertificateFile);
        var now = (clock ?? TimeProvider.System).GetUtcNow();
        if (now < certificate.NotBefore || now > certificate.NotAfter)
        {
            var from = Day(certificate.NotBefore);
            var until = Day(certificate.NotAfter);
            throw new IdentityException(now > certificate.NotAfter
                ? new LocalizedText($"证书 {path} 已于 {until} 过期，请换发新证书。", $"The certificate {path} expired on {until}: ask for a new one.")
                : new LocalizedText($"证书 {path} 自 {from} 起才有效，请检查本机时钟。", $"The certificate {path} is valid from {from} only: check this machine's clock."));
        }

        var name = PartyName.Find(certificate) ?? throw new IdentityException(new LocalizedText(
            $"证书 {path} 中没有唯一的 urn:crossprovince:地区:角色:机构 名称。",
            $"The certificate {path} does not carry exactly one name urn:crossprovince:REGION:ROLE:ORGANISATION."));
        chain.RemoveAt(0);
        return new NodeIdentity(name, certificate, chain, authorities);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Certificate.Dispose();
        foreach (var certificate in Intermediates.Concat(Authorities))
        {
            certificate.Dispose();
        }
    }

    private static X509Certificate2Collection Certificates(string directory, string file)
    {
        var certificates = new X509Certificate2Collection();
        try
        {
            certificates.ImportFromPem(Read(directory, file));
        }
        catch (CryptographicException e)
        {
            throw NotPem(directory, file, e);
        }

        return certificates.Count > 0 ? certificates : throw NotPem(directory, file, null);
    }

    private static X509Certificate2 WithKey(string directory)
    {
        try
        {
            return X509Certificate2.CreateFromPem(Read(directory, CertificateFile), Read(directory, KeyFile));
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            var path = Path.Combine(directory, KeyFile);
            throw new IdentityException(new LocalizedText(
                $"{path} 不是 {CertificateFile} 的 PEM 私钥。", $"{path} is not the PEM private key of {CertificateFile}."), e);
        }
    }

    private static string Read(string directory, string file)
    {
        var path = Path.Combine(directory, file);
        try
        {
            return File.ReadAllText(path);
        }
        catch (FileNotFoundException e)
        {
            throw new IdentityException(new LocalizedText($"身份目录缺少文件 {path}。", $"The identity directory lacks {path}."), e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new IdentityException(new LocalizedText($"无法读取 {path}：{e.Message}", $"{path} can't be read: {e.Message}"), e);
        }
    }

    private static IdentityException NotPem(string directory, string file, Exception? cause)
    {
        var path = Path.Combine(directory, file);
        return new IdentityException(new LocalizedText($"{path} 中没有 PEM 证书。", $"{path} holds no PEM certificate."), cause);
    }

    private static string Day(DateTime time) => time.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
