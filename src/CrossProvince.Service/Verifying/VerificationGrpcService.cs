using System.Threading.Channels;
using CrossProvince.Contracts.Verification.V1;
using CrossProvince.Service.Hosting;
using CrossProvince.Service.Identity;
using CrossProvince.Service.Limits;
using Grpc.Core;

namespace CrossProvince.Service.Verifying;

/// <summary>Verifies codes of every region: one, a batch, or a stream.</summary>
internal sealed class VerificationGrpcService(Callers callers, Verifications verifications, CallLimits limits, NodeSettings node) : VerificationService.VerificationServiceBase
{
    private const int LargestBatch = 1_000;

    /// <summary>Requests of a stream that are taken up together at most, and that may wait.</summary>
    private const int StreamGroup = 100;

    public override async Task<VerifyResponse> Verify(VerifyRequest request, ServerCallContext context)
    {
        var caller = RequireCaller(context);
        limits.Take(caller, codes: 1);
        var result = (await verifications.VerifyAsync(caller, [request], ScanDemand.Verify, context.CancellationToken))[0];
        return result.Error is { } error ? throw RequestErrors.ToException(error) : new VerifyResponse { Verification = result.Verification };
    }

    public override async Task<VerifyBatchResponse> VerifyBatch(VerifyBatchRequest request, ServerCallContext context)
    {
        var caller = RequireCaller(context);
        if (request.Requests.Count is 0 or > LargestBatch)
        {
            throw RpcErrors.InvalidArgument("requests", $"须有 1 至 {LargestBatch} 项。", $"must have 1 to {LargestBatch} entries.");
        }

        limits.Take(caller, request.Requests.Count);
        return new VerifyBatchResponse { Results = { await verifications.VerifyAsync(caller, request.Requests, ScanDemand.Verify, context.CancellationToken) } };
    }

    public override async Task VerifyStream(
        IAsyncStreamReader<VerifyStreamRequest> requestStream, IServerStreamWriter<VerifyStreamResponse> responseStream, ServerCallContext context)
    {
        RequireCaller(context);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken);
        var waiting = Channel.CreateBounded<(long Position, VerifyRequest Request)>(StreamGroup);
        var reading = ReadAsync(requestStream, waiting.Writer, ended.Token);
        try
        {
            // Whatever arrives while one group is verified forms the next; an idle stream waits for nothing.
            var group = new List<(long Position, VerifyRequest Request)>(StreamGroup);
            while (await waiting.Reader.WaitToReadAsync(context.CancellationToken))
            {
                group.Clear();
                while (group.Count < StreamGroup && waiting.Reader.TryRead(out var next))
                {
                    group.Add(next);
                }

                // Asked anew for each group: a verifier revoked half-way stops there.
                await limits.WaitAsync(RequireCaller(context), group.Count, context.CancellationToken);
                var caller = RequireCaller(context);
                var results = await verifications.VerifyAsync(caller, [.. group.Select(g => g.Request)], ScanDemand.Verify, context.CancellationToken);
                for (var i = 0; i < group.Count; i++)
                {
                    await responseStream.WriteAsync(
                        new VerifyStreamResponse { Position = group[i].Position, RequestId = group[i].Request.RequestId, Result = results[i] }, context.CancellationToken);
                }
            }
        }
        finally
        {
            await ended.CancelAsync();
            await reading;
        }
    }

    private static async Task ReadAsync(
        IAsyncStreamReader<VerifyStreamRequest> requests, ChannelWriter<(long, VerifyRequest)> waiting, CancellationToken cancellation)
    {
        try
        {
            var position = 0L;
            await foreach (var request in requests.ReadAllAsync(cancellation))
            {
                await waiting.WriteAsync((position++, request.Request ?? new VerifyRequest()), cancellation);
            }

            waiting.Complete();
        }
        catch (Exception e)
        {
            // The other half of the stream sees it, and ends the call with it.
            waiting.TryComplete(e);
        }
    }

    private Caller RequireCaller(ServerCallContext context)
    {
        var caller = callers.Require(context, CallerRole.Verifier, CallerRole.Node, CallerRole.Operator, CallerRole.Holder);
        Callers.RequireLevel(caller, node.Options.Tokens.Levels.Verify);
        return caller;
    }
}
