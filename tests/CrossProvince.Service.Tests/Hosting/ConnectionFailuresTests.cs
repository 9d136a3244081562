using System.Net.Sockets;
using CrossProvince.Service.Hosting;

namespace CrossProvince.Service.Tests.Hosting;

public sealed class ConnectionFailuresTests
{
    [Test]
    public void Send_SocketsOwnException_IsAFailedRequest()
    {
        using var http = new HttpClient(new ConnectionFailures(new Throwing(new SocketException((int)SocketError.NotConnected))));

        var failure = Assert.ThrowsAsync<HttpRequestException>(() => http.GetAsync(new Uri("https://127.0.0.1/")));
        Assert.That((failure!.HttpRequestError, failure.InnerException), Is.EqualTo((HttpRequestError.ConnectionError, failure.InnerException as SocketException)));
    }

    [Test]
    public void Send_AnyOtherException_IsWhatItWas()
    {
        using var http = new HttpClient(new ConnectionFailures(new Throwing(new InvalidOperationException())));

        Assert.ThrowsAsync<InvalidOperationException>(() => http.GetAsync(new Uri("https://127.0.0.1/")));
    }

    private sealed class Throwing(Exception exception) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) => Task.FromException<HttpResponseMessage>(exception);
    }
}
