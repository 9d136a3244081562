using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using CrossProvince.Service.Caching;
using CrossProvince.Tests;

namespace CrossProvince.Service.Tests.Backends;

/// <summary>A Redis that nodes reach by TLS only, with certificates for both.</summary>
internal sealed class RedisWithTls : RedisTopology
{
    private readonly string _directory;
    private readonly int _port;

    public RedisWithTls()
        : this(Directory.CreateTempSubdirectory("crossprovince-redis-tls-").FullName, FreePort.Next())
    {
    }

    private RedisWithTls(string directory, int port)
        : base(Start(directory, port)) => (_directory, _port) = (directory, port);

    public override IReadOnlyList<string> Settings =>
    [
        .. base.Settings, "--Redis:CertificateAuthority", FileOf("ca.pem"), "--Redis:Certificate", FileOf("node.pem"), "--Redis:Key", FileOf("node.key"),
    ];

    /// <summary>The same as options.</summary>
    public RedisOptions Options => new() { CertificateAuthority = FileOf("ca.pem"), Certificate = FileOf("node.pem"), Key = FileOf("node.key") };

    public override string ConnectionString(int patience) => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{_port},ssl=true,{User(patience)}");

    /// <summary>A file of its folder: ca, server, node, late (its time is over), stranger (of another authority), elsewhere (for another address), each .pem and .key.</summary>
    public string FileOf(string name) => Path.Combine(_directory, name);

    /// <summary>Shows another certificate from now on.</summary>
    public void Show(string name) => Servers[0].Execute("CONFIG", "SET", "tls-cert-file", FileOf($"{name}.pem"), "tls-key-file", FileOf($"{name}.key"));

    public override void Dispose()
    {
        base.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private static RedisServer Start(string directory, int port)
    {
        var now = DateTimeOffset.UtcNow;
        using var authority = Make(directory, "ca", null, now.AddYears(1));
        using var other = Make(directory, "other", null, now.AddYears(1));
        Make(directory, "server", authority, now.AddDays(1)).Dispose();
        Make(directory, "elsewhere", authority, now.AddDays(1), IPAddress.Parse("127.0.0.9")).Dispose();
        Make(directory, "node", authority, now.AddDays(1)).Dispose();
        Make(directory, "late", authority, now.AddDays(-1)).Dispose();
        Make(directory, "stranger", other, now.AddDays(1)).Dispose();
        string Of(string name) => Path.Combine(directory, name);
        return RedisServer.StartNew(
            "--tls-port", port.ToString(CultureInfo.InvariantCulture), "--tls-cert-file", Of("server.pem"), "--tls-key-file", Of("server.key"), "--tls-ca-cert-file", Of("ca.pem"));
    }

    private static X509Certificate2 Make(string directory, string name, X509Certificate2? authority, DateTimeOffset until, IPAddress? address = null)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(authority is null, false, 0, true));
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(address ?? IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        var from = DateTimeOffset.UtcNow.AddDays(-2);
        using var made = authority is null
            ? request.CreateSelfSigned(from, until)
            : request.Create(authority, from, until, RandomNumberGenerator.GetBytes(8));
        File.WriteAllText(Path.Combine(directory, $"{name}.pem"), made.ExportCertificatePem());
        File.WriteAllText(Path.Combine(directory, $"{name}.key"), key.ExportPkcs8PrivateKeyPem());
        return authority is null ? X509Certificate2.CreateFromPem(made.ExportCertificatePem(), key.ExportPkcs8PrivateKeyPem()) : new X509Certificate2(made);
    }
}
