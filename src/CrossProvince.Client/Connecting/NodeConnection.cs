using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using CrossProvince.Contracts.Catalogue.V1;
using CrossProvince.Contracts.Federation.V1;
using CrossProvince.Contracts.Licences.V1;
using CrossProvince.Contracts.Operations.V1;
using CrossProvince.Contracts.Presentation.V1;
using CrossProvince.Contracts.Verification.V1;
using CrossProvince.Core.Identifiers;
using Grpc.Core;
using Grpc.Core.Interceptors;
using Grpc.Net.Client;
using Grpc.Net.Client.Configuration;

namespace CrossProvince.Client.Connecting;

/// <summary>A connection to one node over mutual TLS; share one among all calls and threads.</summary>
/// <remarks>
/// The node's certificate must chain to the identity's ca.pem, name the host that was dialled, and carry the URN of a node.
/// Errors of all clients are <see cref="NodeException"/>; unary calls without a deadline get <see cref="DefaultDeadline"/>.
/// </remarks>
public sealed class NodeConnection : IDisposable
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";
    // Verify carries a request_id, so that a repeat is answered from the record; the catalogue only reads.
    private static readonly ServiceConfig s_retries = new()
    {
        MethodConfigs =
        {
            new MethodConfig
            {
                Names =
                {
                    new MethodName { Service = "crossprovince.verification.v1.VerificationService", Method = "Verify" },
                    new MethodName { Service = "crossprovince.catalogue.v1.CatalogueService" },
                },
                RetryPolicy = new RetryPolicy
                {
                    MaxAttempts = 3,
                    InitialBackoff = TimeSpan.FromMilliseconds(100),
                    MaxBackoff = TimeSpan.FromSeconds(1),
                    BackoffMultiplier = 2,
                    RetryableStatusCodes = { StatusCode.Unavailable },
                },
            },
        },
    };

    private readonly GrpcChannel _channel;
    private readonly CallInvoker _invoker;

    private NodeConnection(Uri node, NodeIdentity identity, RegionCode? expectedRegion)
    {
        var errors = new NodeErrors(node);
        Http = new HttpClient(new HttpErrors(errors, Handler(identity, expectedRegion))) { BaseAddress = node, Timeout = Timeout.InfiniteTimeSpan };
        _channel = GrpcChannel.ForAddress(node, new GrpcChannelOptions
        {
            HttpHandler = Handler(identity, expectedRegion),
            DisposeHttpClient = true,

            // The channel's own default waits up to two minutes before it dials a node that was away.
            InitialReconnectBackoff = TimeSpan.FromMilliseconds(100),
            MaxReconnectBackoff = TimeSpan.FromMilliseconds(500),
            ServiceConfig = s_retries,
        });
        _invoker = _channel.Intercept(errors);
        Verifications = new VerificationService.VerificationServiceClient(_invoker);
        Licences = new LicenceService.LicenceServiceClient(_invoker);
        Catalogue = new CatalogueService.CatalogueServiceClient(_invoker);
        Federation = new FederationService.FederationServiceClient(_invoker);
    }

    /// <summary>How long a unary call waits when its caller sets no deadline.</summary>
    public static TimeSpan DefaultDeadline { get; } = TimeSpan.FromSeconds(30);

    /// <summary>Verifies codes, as the certificate's owner.</summary>
    public VerificationService.VerificationServiceClient Verifications { get; }

    /// <summary>An authority's work on licences.</summary>
    public LicenceService.LicenceServiceClient Licences { get; }

    /// <summary>The shared catalogue.</summary>
    public CatalogueService.CatalogueServiceClient Catalogue { get; }

    /// <summary>What one region's node asks another's.</summary>
    public FederationService.FederationServiceClient Federation { get; }

    /// <summary>Plain HTTP with the same identity, relative to the node's address; without a connection it throws <see cref="NodeException"/> too.</summary>
    public HttpClient Http { get; }

    /// <summary>For calls to services that this connection has no client of.</summary>
    internal CallInvoker Invoker => _invoker;

    /// <summary>Prepares a connection; it is made with the first call.</summary>
    /// <param name="node">The node's API address, https.</param>
    /// <param name="identity">Who calls; must live as long as the connection.</param>
    /// <param name="expectedRegion">The region whose node must answer; null takes any region's.</param>
    /// <exception cref="ArgumentException">The address is not an absolute https address.</exception>
    public static NodeConnection Open(Uri node, NodeIdentity identity, RegionCode? expectedRegion = null)
    {
        ArgumentNullException.ThrowIfNull(node);
        ArgumentNullException.ThrowIfNull(identity);
        if (!node.IsAbsoluteUri || node.Scheme != Uri.UriSchemeHttps)
        {
            throw new ArgumentException($"{node} is not an https address.", nameof(node));
        }

        return new NodeConnection(node, identity, expectedRegion);
    }

    /// <summary>Shows licences, as the person whom a token speaks for.</summary>
    /// <param name="token">The bearer token of the holder or of who presents for the holder.</param>
    public PresentationService.PresentationServiceClient Presentations(string token) => new(WithToken(token));

    /// <summary>Verifies codes as the operator or holder whom a token speaks for.</summary>
    /// <param name="token">The bearer token.</param>
    public VerificationService.VerificationServiceClient VerificationsAs(string token) => new(WithToken(token));

    /// <summary>Reads what was verified and how the node fares, as the operator whom a token speaks for.</summary>
    /// <param name="token">The operator's bearer token.</param>
    public OperationsService.OperationsServiceClient Operations(string token) => new(WithToken(token));

    /// <inheritdoc/>
    public void Dispose()
    {
        _channel.Dispose();
        Http.Dispose();
    }

    private CallInvoker WithToken(string token) => _invoker.Intercept(headers =>
    {
        headers.Add("authorization", $"Bearer {token}");
        return headers;
    });

    // One each for the channel and for plain HTTP: a channel makes its handler dial in its own way.
    private static SocketsHttpHandler Handler(NodeIdentity identity, RegionCode? expectedRegion) => new()
    {
        ConnectTimeout = TimeSpan.FromSeconds(5),
        EnableMultipleHttp2Connections = true,
        KeepAlivePingDelay = TimeSpan.FromSeconds(30),
        KeepAlivePingTimeout = TimeSpan.FromSeconds(10),
        PooledConnectionIdleTimeout = TimeSpan.FromMinutes(5),
        UseProxy = false,
        SslOptions = Tls(identity, expectedRegion),
    };

    private static SslClientAuthenticationOptions Tls(NodeIdentity identity, RegionCode? expectedRegion)
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
        };
        policy.CustomTrustStore.AddRange(identity.Authorities);
        policy.ApplicationPolicy.Add(new Oid(ServerAuthentication));
        return new SslClientAuthenticationOptions
        {
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            ClientCertificateContext = SslStreamCertificateContext.Create(identity.Certificate, identity.Intermediates, offline: true),
            CertificateChainPolicy = policy,
            RemoteCertificateValidationCallback = (_, certificate, chain, errors) => ServerCertificate.Check(certificate, chain, errors, expectedRegion),
        };
    }
}
