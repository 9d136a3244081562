using CrossProvince.Client.Connecting;
using CrossProvince.Contracts.Verification.V1;
using CrossProvince.LoadTest.Codes;

namespace CrossProvince.LoadTest.Running;

/// <summary>Has the node verify codes, and checks each answer.</summary>
internal sealed class VerifyCalls : ICalls
{
    private const string Terminal = "load";

    private readonly VerificationService.VerificationServiceClient _client;
    private readonly RunPlan _plan;
    private readonly IReadOnlyList<Scan> _scans;
    private readonly Tally _tally;
    private readonly string _terminal;
    private readonly StreamCalls<VerifyStreamRequest, VerifyStreamResponse>[] _streams;

    /// <param name="node">The node.</param>
    /// <param name="plan">How codes are sent.</param>
    /// <param name="scans">The codes; past the last comes the first.</param>
    /// <param name="tally">Receives the answers.</param>
    /// <param name="terminal">The terminal that scans.</param>
    public VerifyCalls(NodeConnection node, RunPlan plan, IReadOnlyList<Scan> scans, Tally tally, string terminal = Terminal)
    {
        (_client, _plan, _scans, _tally, _terminal) = (node.Verifications, plan, scans, tally, terminal);
        _streams = plan.Call == CallKind.Stream
            ? [.. Enumerable.Range(0, plan.Streams).Select(_ => new StreamCalls<VerifyStreamRequest, VerifyStreamResponse>(_client.VerifyStream(deadline: plan.StreamDeadline), response => response.Position))]
            : [];
    }

    public async Task CallAsync(int number)
    {
        try
        {
            await (_plan.Call switch
            {
                CallKind.Batch => BatchAsync(number),
                CallKind.Stream => StreamAsync(number),
                _ => UnaryAsync(number),
            });
        }
        catch (Exception e) when (e is NodeException or IOException)
        {
            _tally.Miss(e.Message, _plan.CodesPerCall);
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

    private async Task UnaryAsync(int number)
    {
        var scan = Scan(number);
        var request = Request(scan);
        var response = await _client.VerifyAsync(request);
        _tally.Count(scan, request, response, response.Verification, null);
    }

    private async Task BatchAsync(int number)
    {
        var scans = Enumerable.Range(0, _plan.BatchSize).Select(i => Scan((number * (long)_plan.BatchSize) + i)).ToArray();
        var request = new VerifyBatchRequest { Requests = { scans.Select(Request) } };
        var response = await _client.VerifyBatchAsync(request);
        if (response.Results.Count != scans.Length)
        {
            throw new IOException($"A batch of {scans.Length} has {response.Results.Count} results.");
        }

        for (var i = 0; i < scans.Length; i++)
        {
            var result = response.Results[i];
            _tally.Count(scans[i], request.Requests[i], result, result.Verification, result.Error);
        }
    }

    private async Task StreamAsync(int number)
    {
        var scan = Scan(number);
        var request = Request(scan);
        var response = await _streams[number % _streams.Length].SendAsync(_ => new VerifyStreamRequest { Request = request });
        if (response.RequestId != request.RequestId)
        {
            throw new IOException("A stream gave an answer the wrong position.");
        }

        _tally.Count(scan, request, response, response.Result.Verification, response.Result.Error);
    }

    private Scan Scan(long number) => _scans[(int)(number % _scans.Count)];

    private VerifyRequest Request(Scan scan) => new() { Code = scan.Code, Scenario = _plan.Scenario, TerminalId = _terminal, RequestId = Guid.NewGuid().ToString("N") };
}
