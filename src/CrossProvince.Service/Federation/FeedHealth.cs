using System.Collections.Concurrent;
using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Verification;

namespace CrossProvince.Service.Federation;

/// <summary>How following another region goes.</summary>
/// <param name="SeenSeq">Last change of the newest head that was seen; 0 before any.</param>
/// <param name="Error">Why the last attempt failed, without personal data; null when it did not.</param>
/// <param name="FailingSince">Since when attempts fail, Unix milliseconds.</param>
internal sealed record FeedState(long SeenSeq, string? Error, long FailingSince);

/// <summary>Remembers how following each region goes; who follows says so, whoever looks at the node asks.</summary>
internal sealed class FeedHealth(TrustedClock clock)
{
    private const int LongestError = 300;

    private static readonly FeedState s_nothing = new(0, null, 0);

    private readonly ConcurrentDictionary<RegionCode, FeedState> _states = new();

    /// <summary>How it goes.</summary>
    public FeedState Of(RegionCode region) => _states.GetValueOrDefault(region, s_nothing);

    /// <summary>A signed head has come.</summary>
    public void Seen(RegionCode region, long seq) => Change(region, state => state with { SeenSeq = Math.Max(seq, state.SeenSeq) });

    /// <summary>An attempt went well.</summary>
    public void Followed(RegionCode region) => Change(region, state => state with { Error = null, FailingSince = 0 });

    /// <summary>An attempt failed.</summary>
    /// <param name="region">The region.</param>
    /// <param name="reason">As it is logged.</param>
    public void Failed(RegionCode region, string reason)
    {
        var now = clock.Now().UnixMilliseconds;
        var error = reason.Length > LongestError ? reason[..LongestError] : reason;
        Change(region, state => state with { Error = error, FailingSince = state.Error is null ? now : state.FailingSince });
    }

    private void Change(RegionCode region, Func<FeedState, FeedState> change) =>
        _states.AddOrUpdate(region, _ => change(s_nothing), (_, state) => change(state));
}
