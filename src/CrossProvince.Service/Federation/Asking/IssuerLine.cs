using System.Threading.RateLimiting;
using CrossProvince.Core.Identifiers;
using Polly;
using Polly.CircuitBreaker;

namespace CrossProvince.Service.Federation.Asking;

/// <summary>The line to one region: how much is asked over it at once, and whether the region is left alone for a while.</summary>
internal sealed partial class IssuerLine : IDisposable
{
    private readonly RegionCode _region;
    private readonly ILogger _logger;
    private readonly ConcurrencyLimiter _places;
    private readonly TokenBucketRateLimiter? _forwards;
    private readonly CircuitBreakerStateProvider _state = new();
    private readonly ResiliencePipeline<IssuerReply> _breaker;
    private int _last;

    public IssuerLine(RegionCode region, FederationOptions options, ILogger logger)
    {
        (_region, _logger) = (region, logger);
        _places = new ConcurrencyLimiter(new ConcurrencyLimiterOptions { PermitLimit = options.AsksAtOnce, QueueLimit = options.AsksWaiting, QueueProcessingOrder = QueueProcessingOrder.OldestFirst });
        _forwards = options.ForwardsPerSecond == 0 ? null : new TokenBucketRateLimiter(new TokenBucketRateLimiterOptions
        {
            TokenLimit = options.ForwardsPerSecond,
            TokensPerPeriod = options.ForwardsPerSecond,
            ReplenishmentPeriod = TimeSpan.FromSeconds(1),
            QueueLimit = 0,
        });
        _breaker = new ResiliencePipelineBuilder<IssuerReply>().AddCircuitBreaker(new CircuitBreakerStrategyOptions<IssuerReply>
        {
            FailureRatio = options.Breaker.Failures,
            MinimumThroughput = options.Breaker.Calls,
            SamplingDuration = options.Breaker.Window,
            BreakDuration = options.Breaker.Rest,
            ShouldHandle = ended => ValueTask.FromResult(ended.Outcome.Exception is not null || ended.Outcome.Result.IsFailure),
            StateProvider = _state,
            OnOpened = opened =>
            {
                LogRests(_region, (int)opened.BreakDuration.TotalSeconds);
                return default;
            },
            OnClosed = _ =>
            {
                LogBack(_region);
                return default;
            },
        }).Build();
    }

    /// <summary>Whether the region is left alone.</summary>
    public bool Rests => _state.CircuitState is CircuitState.Open or CircuitState.Isolated;

    /// <summary>Asks when there is a place.</summary>
    /// <param name="isForwarded">Whether the code is forwarded, for its status cannot be told here.</param>
    /// <param name="ask">Asks; never throws for a region that fails.</param>
    /// <param name="patience">Ends the waiting for a place.</param>
    public async Task<IssuerReply> AskAsync(bool isForwarded, Func<Task<IssuerReply>> ask, CancellationToken patience)
    {
        if (isForwarded)
        {
            using var forward = _forwards?.AttemptAcquire();
            if (forward is not { IsAcquired: true })
            {
                return new IssuerReply(AskOutcome.Busy, null);
            }
        }

        try
        {
            using var place = await _places.AcquireAsync(cancellationToken: patience);
            return place.IsAcquired ? await AskAsync(ask) : new IssuerReply(AskOutcome.Busy, null);
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested)
        {
            return new IssuerReply(AskOutcome.Busy, null);
        }
    }

    /// <summary>Logs how asking ended where that differs from the last time.</summary>
    public void Say(AskOutcome outcome)
    {
        if (Interlocked.Exchange(ref _last, (int)outcome) != (int)outcome && outcome is AskOutcome.Refused or AskOutcome.Implausible or AskOutcome.Undecided)
        {
            LogOutcome(_region, outcome);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _places.Dispose();
        _forwards?.Dispose();
    }

    private async Task<IssuerReply> AskAsync(Func<Task<IssuerReply>> ask)
    {
        var context = ResilienceContextPool.Shared.Get();
        try
        {
            var outcome = await _breaker.ExecuteOutcomeAsync(static async (_, ask) => Outcome.FromResult(await ask()), context, ask);
            return outcome.Exception switch
            {
                null => outcome.Result,
                BrokenCircuitException => new IssuerReply(AskOutcome.Resting, null),
                var bug => throw new InvalidOperationException("Asking another region failed unexpectedly.", bug),
            };
        }
        finally
        {
            ResilienceContextPool.Shared.Return(context);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Region {Region} fails to answer about its codes; it is not asked for {Seconds} s. Verdicts stand with masked fields; what may be used once everywhere is decided as its scenario says.")]
    private partial void LogRests(RegionCode region, int seconds);

    [LoggerMessage(Level = LogLevel.Information, Message = "Region {Region} answers about its codes again.")]
    private partial void LogBack(RegionCode region);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Region {Region} was asked about a code of its own, and the answer cannot be used: {Outcome}. Compare clocks, trust list and catalogue with that region (docs/operations.md, \"Asking other regions\").")]
    private partial void LogOutcome(RegionCode region, AskOutcome outcome);
}
