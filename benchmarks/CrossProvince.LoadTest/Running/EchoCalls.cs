using CrossProvince.Client.Connecting;
using CrossProvince.LoadTest.Echo.V1;

namespace CrossProvince.LoadTest.Running;

/// <summary>The same calls to the echo, with messages of the same sizes: what the transport alone can do.</summary>
internal sealed class EchoCalls : ICalls
{
    private readonly EchoService.EchoServiceClient _client;
    private readonly RunPlan _plan;
    private readonly EchoRequest _request;
    private readonly StreamCalls<EchoRequest, EchoResponse>[] _streams;

    /// <param name="echo">The echo.</param>
    /// <param name="plan">How messages are sent.</param>
    /// <param name="bytes">Size of a request and of its answer.</param>
    public EchoCalls(NodeConnection echo, RunPlan plan, (int Request, int Answer) bytes)
    {
        (_client, _plan) = (new EchoService.EchoServiceClient(echo.Invoker), plan);
        var empty = new EchoRequest { AnswerLength = bytes.Answer }.CalculateSize();
        _request = new EchoRequest { AnswerLength = Math.Max(1, bytes.Answer - 3), Text = new string('0', Math.Max(1, bytes.Request - empty - 3)) };
        _streams = plan.Call == CallKind.Stream
            ? [.. Enumerable.Range(0, plan.Streams).Select(_ => new StreamCalls<EchoRequest, EchoResponse>(_client.EchoStream(deadline: plan.StreamDeadline), response => response.Position))]
            : [];
    }

    public async Task CallAsync(int number)
    {
        switch (_plan.Call)
        {
            case CallKind.Batch:
                var response = await _client.EchoBatchAsync(new EchoBatchRequest { Requests = { Enumerable.Repeat(_request, _plan.BatchSize) } });
                Check(response.Responses.Count == _plan.BatchSize && response.Responses[^1].Text.Length == _request.AnswerLength);
                break;
            case CallKind.Stream:
                Check((await _streams[number % _streams.Length].SendAsync(
                    position => new EchoRequest { Position = position, AnswerLength = _request.AnswerLength, Text = _request.Text })).Text.Length == _request.AnswerLength);
                break;
            default:
                Check((await _client.EchoAsync(_request)).Text.Length == _request.AnswerLength);
                break;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var stream in _streams)
        {
            await stream.DisposeAsync();
        }
    }

    private static void Check(bool isRight)
    {
        if (!isRight)
        {
            throw new IOException("The echo answered wrongly.");
        }
    }
}
