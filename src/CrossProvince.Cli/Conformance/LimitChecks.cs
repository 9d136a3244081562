using CrossProvince.Contracts.Verification.V1;
using Grpc.Core;

namespace CrossProvince.Cli.Conformance;

/// <summary>How much the node takes at once.</summary>
internal static class LimitChecks
{
    private const int LargestBatch = 1000;
    private const int MostBatches = 100;

    internal static IEnumerable<Check> Of(Target target)
    {
        yield return new("limit-message", new("过大的请求", "a request of 70 MB"), "docs/configuration.md, Limits:MessageBytes", "an error, and the next request is answered", Need.Verifier, async cancellationToken =>
        {
            string seen;
            try
            {
                await target.Verifier!.Verifications.VerifyAsync(new VerifyRequest { Code = new string('A', 70 << 20), TerminalId = "conformance" }, cancellationToken: cancellationToken);
                return Finding.Of(false, "it was answered");
            }
            catch (RpcException e)
            {
                seen = ErrorForm.Name(e.StatusCode);
            }

            var next = await target.Verifier!.Verifications.VerifyAsync(new VerifyRequest { Code = "CP1", TerminalId = "conformance" }, cancellationToken: cancellationToken);
            return Finding.Of(next.Verification?.Verdict == Verdict.Truncated, $"{seen}, then an answer");
        });
        yield return new("limit-rate", new("超过限额的请求", "requests without end"), "docs/configuration.md, Limits", "RESOURCE_EXHAUSTED with RetryInfo", Need.Verifier | Need.Flood, async cancellationToken =>
        {
            var batch = new VerifyBatchRequest { Requests = { Enumerable.Repeat(new VerifyRequest { Code = "CP1", TerminalId = "conformance" }, LargestBatch) } };
            for (var i = 0; i < MostBatches; i++)
            {
                try
                {
                    await target.Verifier!.Verifications.VerifyBatchAsync(batch, cancellationToken: cancellationToken);
                }
                catch (RpcException e)
                {
                    var finding = ErrorForm.Judge(e, StatusCode.ResourceExhausted);
                    return finding with { Seen = $"{finding.Seen} after {i * LargestBatch} codes" };
                }
            }

            return Finding.Of(false, $"{MostBatches * LargestBatch} codes were answered without a pause");
        });
    }
}
