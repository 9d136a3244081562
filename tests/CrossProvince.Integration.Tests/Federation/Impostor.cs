using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace CrossProvince.Integration.Tests.Federation;

/// <summary>Listens where a region's node should be, with some certificate and its key, and counts who believes it.</summary>
internal sealed class Impostor : IAsyncDisposable
{
    private readonly TcpListener _listener;
    private readonly X509Certificate2 _certificate;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _loop;
    private int _refused;
    private int _believed;

    /// <summary>Begins to listen.</summary>
    /// <param name="port">Of loopback.</param>
    /// <param name="identity">Folder with <c>cert.pem</c> and <c>key.pem</c>.</param>
    internal Impostor(int port, string identity)
    {
        using var pem = X509Certificate2.CreateFromPemFile(Path.Combine(identity, "cert.pem"), Path.Combine(identity, "key.pem"));
        _certificate = X509CertificateLoader.LoadPkcs12(pem.Export(X509ContentType.Pkcs12), null);
        _listener = new TcpListener(IPAddress.Loopback, port);
        _listener.Start();
        _loop = AcceptAsync();
    }

    /// <summary>Connections that their callers gave up when they saw the certificate.</summary>
    internal int Refused => Volatile.Read(ref _refused);

    /// <summary>Connections on which something was said.</summary>
    internal int Believed => Volatile.Read(ref _believed);

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Dispose();
        await _loop;
        _certificate.Dispose();
        _stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                using var client = await _listener.AcceptTcpClientAsync(_stopping.Token);
                await ListenAsync(client);
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                // The test is over.
            }
        }
    }

    private async Task ListenAsync(TcpClient client)
    {
        try
        {
            await using var tls = new SslStream(client.GetStream());
            var options = new SslServerAuthenticationOptions
            {
                ServerCertificate = _certificate,
                ApplicationProtocols = [SslApplicationProtocol.Http2],
            };
            await tls.AuthenticateAsServerAsync(options, _stopping.Token);
            if (await tls.ReadAsync(new byte[1], _stopping.Token) > 0)
            {
                Interlocked.Increment(ref _believed);
            }
            else
            {
                Interlocked.Increment(ref _refused);
            }
        }
        catch (Exception e) when (e is AuthenticationException or IOException)
        {
            Interlocked.Increment(ref _refused);
        }
    }
}
