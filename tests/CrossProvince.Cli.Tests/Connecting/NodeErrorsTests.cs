using System.Net.Sockets;
using CrossProvince.Client.Connecting;
using Grpc.Core;
using Grpc.Core.Interceptors;

namespace CrossProvince.Cli.Tests.Connecting;

public sealed class NodeErrorsTests
{
    private static readonly Method<string, string> s_method = new(MethodType.DuplexStreaming, "service", "method", Marshallers.StringMarshaller, Marshallers.StringMarshaller);

    private static IEnumerable<Exception> BrokenWrites() =>
        [new HttpIOException(HttpRequestError.ResponseEnded, "ended"), new HttpRequestException("broke"), new SocketException((int)SocketError.ConnectionReset)];

    // The transport's own error reaches the writer of a stream when the connection breaks while a message is on its way.
    [TestCaseSource(nameof(BrokenWrites))]
    public void WriteAsync_ConnectionBreaksMeanwhile_IsUnreachable(Exception broken)
    {
        using var call = new NodeErrors(new Uri("https://127.0.0.1:7443")).AsyncDuplexStreamingCall(
            new ClientInterceptorContext<string, string>(s_method, null, default),
            _ => new AsyncDuplexStreamingCall<string, string>(new Writer(broken), null!, Task.FromResult(Metadata.Empty), () => Status.DefaultCancelled, () => [], () => { }));

        foreach (var write in new Func<Task>[] { () => call.RequestStream.WriteAsync("line"), call.RequestStream.CompleteAsync })
        {
            var error = Assert.ThrowsAsync<NodeException>(() => write());
            Assert.That(error.Failure, Is.EqualTo(NodeFailure.Unreachable));
            Assert.That(error.Message, Does.Contain("https://127.0.0.1:7443"));
        }
    }

    private sealed class Writer(Exception broken) : IClientStreamWriter<string>
    {
        public WriteOptions? WriteOptions { get; set; }

        public Task WriteAsync(string message) => Task.FromException(broken);

        public Task CompleteAsync() => Task.FromException(broken);
    }
}
