using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using CrossProvince.Client.Connecting;
using CrossProvince.Contracts.Catalogue.V1;
using CrossProvince.Contracts.Federation.V1;
using CrossProvince.Contracts.Licences.V1;
using CrossProvince.Contracts.Verification.V1;
using CrossProvince.Core.Trust;
using Grpc.Core;
using Grpc.Net.Client;

namespace CrossProvince.Cli.Conformance;

/// <summary>Connections to the node as somebody, or as nobody: nothing is repeated, nothing hidden, and whoever answers is taken, for the check of the certificate judges that.</summary>
internal sealed class Probe : IDisposable
{
    private readonly GrpcChannel _channel;
    private readonly X509Certificate2? _certificate;

    private Probe(Uri node, PartyName? name, X509Certificate2? certificate, X509Certificate2Collection? intermediates)
    {
        Name = name;
        _certificate = certificate;
        SocketsHttpHandler Handler() => new() { ConnectTimeout = TimeSpan.FromSeconds(10), UseProxy = false, AllowAutoRedirect = false, SslOptions = Tls(certificate, intermediates) };
        Http = new HttpClient(Handler()) { BaseAddress = node, Timeout = TimeSpan.FromSeconds(30) };
        _channel = GrpcChannel.ForAddress(node, new GrpcChannelOptions { HttpHandler = Handler(), DisposeHttpClient = true, MaxReceiveMessageSize = 8 << 20 });
        Calls = _channel.CreateCallInvoker();
        Verifications = new(Calls);
        Federation = new(Calls);
        Catalogue = new(Calls);
        Licences = new(Calls);
    }

    /// <summary>Whom the certificate speaks for; null is nobody.</summary>
    internal PartyName? Name { get; }

    internal HttpClient Http { get; }

    internal CallInvoker Calls { get; }

    internal VerificationService.VerificationServiceClient Verifications { get; }

    internal FederationService.FederationServiceClient Federation { get; }

    internal CatalogueService.CatalogueServiceClient Catalogue { get; }

    internal LicenceService.LicenceServiceClient Licences { get; }

    /// <summary>Calls as an identity.</summary>
    internal static Probe As(Uri node, NodeIdentity identity) => new(node, identity.Name, identity.Certificate, identity.Intermediates);

    /// <summary>Calls without a certificate.</summary>
    internal static Probe AsNobody(Uri node) => new(node, null, null, null);

    /// <summary>Calls with a certificate that claims a name and that nobody has issued.</summary>
    internal static Probe AsImpostor(Uri node, PartyName name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=impostor", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddUri(new Uri(name.ToString()));
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.2")], critical: false));
        var now = TimeProvider.System.GetUtcNow();
        using var made = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        return new Probe(node, name, X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pkcs12), null), null);
    }

    public void Dispose()
    {
        _channel.Dispose();
        Http.Dispose();
        _certificate?.Dispose();
    }

    internal static SslClientAuthenticationOptions Tls(X509Certificate2? certificate, X509Certificate2Collection? intermediates) => new()
    {
        EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
        ClientCertificateContext = certificate is null ? null : SslStreamCertificateContext.Create(certificate, intermediates, offline: true),
        RemoteCertificateValidationCallback = (_, shown, _, _) => shown is not null,
    };
}
