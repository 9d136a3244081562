using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using CrossProvince.Core.Identifiers;

namespace CrossProvince.Cli.Certs;

/// <summary>Makes X.509 certificates for mutual TLS: ECDSA P-256, one authority a region, no intermediate ones (docs/signed-documents.md, "Identities").</summary>
internal static class CertificateMaker
{
    private const string ServerAuth = "1.3.6.1.5.5.7.3.1";
    private const string ClientAuth = "1.3.6.1.5.5.7.3.2";
    private static readonly HashAlgorithmName s_hash = HashAlgorithmName.SHA256;

    /// <summary>The certificate and private key of a region's authority.</summary>
    internal static (string CertificatePem, string KeyPem) MakeAuthority(RegionCode region, string name, bool sample, Period period)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(Subject($"{region} CA", name, sample), key, s_hash);
        request.CertificateExtensions.Add(X509BasicConstraintsExtension.CreateForCertificateAuthority(pathLengthConstraint: 0));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        var subjectKey = new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false);
        request.CertificateExtensions.Add(subjectKey);
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromSubjectKeyIdentifier(subjectKey));
        using var certificate = request.Create(request.SubjectName, X509SignatureGenerator.CreateForECDsa(key), period.From, period.Until, NewSerial());
        return (Pem(certificate), KeyPem(key));
    }

    /// <summary>The certificate and private key of one identity.</summary>
    /// <param name="authority">The region's authority, with its private key.</param>
    /// <param name="region">Region of the identity.</param>
    /// <param name="role">Its role.</param>
    /// <param name="organisation">Its organisation code.</param>
    /// <param name="hosts">DNS names and IP addresses where a node answers.</param>
    /// <param name="sample">Whether SAMPLE stands in the subject.</param>
    /// <param name="period">Cut to that of the authority.</param>
    internal static (string CertificatePem, string KeyPem) MakeIdentity(
        X509Certificate2 authority, RegionCode region, IdentityRole role, string organisation, IEnumerable<string> hosts, bool sample, Period period)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var roleName = IdentityRoles.Name(role);
        var request = new CertificateRequest(Subject($"{region} {roleName} {organisation}", organisation, sample), key, s_hash);
        request.CertificateExtensions.Add(X509BasicConstraintsExtension.CreateForEndEntity(critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        OidCollection uses = role == IdentityRole.Node ? [new Oid(ServerAuth), new Oid(ClientAuth)] : [new Oid(ClientAuth)];
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension(uses, critical: false));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(authority, includeKeyIdentifier: true, includeIssuerAndSerial: false));
        request.CertificateExtensions.Add(Names($"urn:crossprovince:{region}:{roleName}:{organisation}", hosts));

        var from = Later(period.From, authority.NotBefore);
        var until = period.Until < authority.NotAfter ? period.Until : new DateTimeOffset(authority.NotAfter);
        using var authorityKey = authority.GetECDsaPrivateKey() ?? throw new UsageException("CA 证书没有 ECDSA 私钥。", "The authority's certificate has no ECDSA private key.");
        using var certificate = request.Create(authority.SubjectName, X509SignatureGenerator.CreateForECDsa(authorityKey), from, until, NewSerial());
        return (Pem(certificate), KeyPem(key));
    }

    private static X509Extension Names(string urn, IEnumerable<string> hosts)
    {
        var names = new SubjectAlternativeNameBuilder();
        names.AddUri(new Uri(urn));
        foreach (var host in hosts)
        {
            if (IPAddress.TryParse(host, out var address))
            {
                names.AddIpAddress(address);
            }
            else
            {
                names.AddDnsName(host);
            }
        }

        return names.Build();
    }

    private static X500DistinguishedName Subject(string commonName, string organisation, bool sample)
    {
        var name = new X500DistinguishedNameBuilder();
        name.AddCommonName(sample ? $"SAMPLE {commonName}" : commonName);
        name.AddOrganizationName(organisation);
        name.AddCountryOrRegion("CN");
        return name.Build();
    }

    // RFC 5280 §4.1.2.2: positive, at most 20 bytes; 126 random bits.
    private static byte[] NewSerial()
    {
        var serial = RandomNumberGenerator.GetBytes(16);
        serial[0] = (byte)((serial[0] & 0x3F) | 0x40);
        return serial;
    }

    private static DateTimeOffset Later(DateTimeOffset one, DateTimeOffset other) => one > other ? one : other;

    private static string Pem(X509Certificate2 certificate) => certificate.ExportCertificatePem() + "\n";

    private static string KeyPem(ECDsa key) => key.ExportPkcs8PrivateKeyPem() + "\n";
}
