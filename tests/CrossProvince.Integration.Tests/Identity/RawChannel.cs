using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using CrossProvince.Integration.Tests.Nodes;
using Grpc.Core;
using Grpc.Net.Client;

namespace CrossProvince.Integration.Tests.Identity;

/// <summary>A caller that shows whatever certificate it likes, or none, and checks nothing.</summary>
internal sealed class RawChannel : IDisposable
{
    private readonly GrpcChannel _channel;

    internal RawChannel(TestNode node, X509Certificate2? certificate)
        : this(node.Api, certificate)
    {
    }

    internal RawChannel(Uri node, X509Certificate2? certificate)
    {
        Http = new HttpClient(Handler(certificate)) { BaseAddress = node };
        _channel = GrpcChannel.ForAddress(node, new GrpcChannelOptions { HttpHandler = Handler(certificate), DisposeHttpClient = true });
    }

    internal HttpClient Http { get; }

    internal CallInvoker Calls => _channel.CreateCallInvoker();

    public void Dispose()
    {
        _channel.Dispose();
        Http.Dispose();
    }

    private static SocketsHttpHandler Handler(X509Certificate2? certificate) => new()
    {
        SslOptions = new SslClientAuthenticationOptions
        {
            LocalCertificateSelectionCallback = (_, _, _, _, _) => certificate!,
            RemoteCertificateValidationCallback = (_, server, _, _) => server is not null,
        },
    };
}
