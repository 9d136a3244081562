using CrossProvince.LoadTest.Echo.V1;
using Grpc.Core;

namespace CrossProvince.LoadTest.Echo;

/// <summary>Answers at once with as many bytes as asked for.</summary>
internal sealed class EchoGrpcService : EchoService.EchoServiceBase
{
    private static readonly string s_text = new('0', 64 * 1024);
    private static string s_last = "";

    public override Task<EchoResponse> Echo(EchoRequest request, ServerCallContext context) => Task.FromResult(Answer(request));

    public override Task<EchoBatchResponse> EchoBatch(EchoBatchRequest request, ServerCallContext context) =>
        Task.FromResult(new EchoBatchResponse { Responses = { request.Requests.Select(Answer) } });

    public override async Task EchoStream(IAsyncStreamReader<EchoRequest> requestStream, IServerStreamWriter<EchoResponse> responseStream, ServerCallContext context)
    {
        await foreach (var request in requestStream.ReadAllAsync(context.CancellationToken))
        {
            await responseStream.WriteAsync(Answer(request), context.CancellationToken);
        }
    }

    private static EchoResponse Answer(EchoRequest request)
    {
        // One run asks for one length: the text is made once.
        var text = s_last;
        if (text.Length != request.AnswerLength)
        {
            s_last = text = s_text[..Math.Clamp(request.AnswerLength, 0, s_text.Length)];
        }

        return new EchoResponse { Position = request.Position, Text = text };
    }
}
