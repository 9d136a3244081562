using System.Collections.Concurrent;
using System.Diagnostics;
using CrossProvince.Contracts.Federation.V1;
using CrossProvince.Contracts.Verification.V1;
using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Trust;
using CrossProvince.Service.Hosting;
using Grpc.Core;

namespace CrossProvince.Service.Federation.Asking;

/// <summary>Asks the regions that issued codes about them: bounded in time and number, each region by itself.</summary>
/// <remarks>Nothing of it throws for a region that fails, and nothing that a region sends comes into the log.</remarks>
internal sealed class IssuerCalls : IDisposable
{
    private readonly FederationOptions _options;
    private readonly TrustSource _trust;
    private readonly RegionHttp _http;
    private readonly IssuerMetrics _metrics;
    private readonly ILogger<IssuerCalls> _logger;
    private readonly ConcurrentDictionary<RegionCode, IssuerLine> _lines = new();

    public IssuerCalls(NodeSettings node, TrustSource trust, RegionHttp http, IssuerMetrics metrics, ILogger<IssuerCalls> logger)
    {
        (_options, _trust, _http, _metrics, _logger) = (node.Options.Federation, trust, http, metrics, logger);
        metrics.Observe(() => _lines.Select(line => (line.Key, line.Value.Rests)));
    }

    /// <summary>Asks a region.</summary>
    /// <param name="region">The region that issued the code.</param>
    /// <param name="question">What for.</param>
    /// <param name="isForwarded">Whether the code is forwarded, for its status cannot be told here.</param>
    /// <param name="showing">What was scanned.</param>
    /// <param name="judge">What an answer is worth.</param>
    public async Task<IssuerReply> AskAsync(RegionCode region, IssuerQuestion question, bool isForwarded, Showing showing, Func<Verification, AskOutcome> judge)
    {
        var start = Stopwatch.GetTimestamp();
        var reply = await AskAsync(region, question, isForwarded, showing, judge, start);
        _metrics.Asked(region, question, reply.Outcome, start);
        return reply;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var line in _lines.Values)
        {
            line.Dispose();
        }
    }

    private async Task<IssuerReply> AskAsync(RegionCode region, IssuerQuestion question, bool isForwarded, Showing showing, Func<Verification, AskOutcome> judge, long start)
    {
        // A code is asked about only under a key that the list names; the list may have lost the region since.
        if (_trust.List.FindRegion(region) is not { } trusted)
        {
            return new IssuerReply(AskOutcome.Unreachable, null);
        }

        var line = _lines.GetOrAdd(region, code => new IssuerLine(code, _options, _logger));
        var limit = isForwarded ? _options.ForwardDeadline : _options.AskDeadline;
        using var patience = new CancellationTokenSource(limit);
        var reply = await line.AskAsync(isForwarded, () => CallAsync(trusted, question, showing, judge, limit - Stopwatch.GetElapsedTime(start)), patience.Token);
        line.Say(reply.Outcome);
        return reply;
    }

    private async Task<IssuerReply> CallAsync(TrustedRegion region, IssuerQuestion question, Showing showing, Func<Verification, AskOutcome> judge, TimeSpan left)
    {
        try
        {
            var verification = await CallAsync(_http.Calls(region), question, showing, new CallOptions(deadline: TimeProvider.System.GetUtcNow().UtcDateTime + left));
            var outcome = verification is null ? AskOutcome.Implausible : judge(verification);
            return new IssuerReply(outcome, outcome == AskOutcome.Answered ? verification : null);
        }
        catch (RpcException e)
        {
            return new IssuerReply(OutcomeOf(e.StatusCode), null);
        }
        catch (ObjectDisposedException)
        {
            // The other node's certificate was revoked just now.
            return new IssuerReply(AskOutcome.Unreachable, null);
        }
    }

    private static async Task<Verification?> CallAsync(CallInvoker calls, IssuerQuestion question, Showing showing, CallOptions options) => question switch
    {
        IssuerQuestion.Disclose => (await new FederationService.FederationServiceClient(calls).DiscloseAsync(new DiscloseRequest { Showing = showing }, options)).Verification,
        IssuerQuestion.Redeem => (await new FederationService.FederationServiceClient(calls).RedeemAsync(new RedeemRequest { Showing = showing }, options)).Verification,
        _ => (await new VerificationService.VerificationServiceClient(calls).VerifyAsync(showing.ToVerifyRequest(), options)).Verification,
    };

    /// <summary>A call that is refused for what it says, or for who makes it, is no sign that the region fails; being told to come back later is.</summary>
    private static AskOutcome OutcomeOf(StatusCode status) => status switch
    {
        StatusCode.DeadlineExceeded => AskOutcome.Slow,
        StatusCode.InvalidArgument or StatusCode.PermissionDenied or StatusCode.FailedPrecondition or StatusCode.Unimplemented or StatusCode.NotFound => AskOutcome.Refused,
        _ => AskOutcome.Unreachable,
    };
}
