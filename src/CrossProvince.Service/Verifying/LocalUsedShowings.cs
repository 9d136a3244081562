using System.Collections.Concurrent;
using System.Data.Common;
using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Presentation;
using CrossProvince.Core.Verification;

namespace CrossProvince.Service.Verifying;

/// <summary>Used showings in the process's own memory; its start is the epoch. For one node alone.</summary>
internal sealed class LocalUsedShowings : CachedUsedShowings
{
    private readonly ConcurrentDictionary<(RegionCode, ShowingId), ShowingUse> _uses = new();
    private readonly long _epoch;

    public LocalUsedShowings(TrustedClock clock)
        : base(clock) => _epoch = NowUnixSeconds;

    public override Task<UseState[]> ClaimAsync(IReadOnlyList<ShowingUse> uses) => Task.FromResult(uses.Select(Claim).ToArray());

    public override Task<UseState> LookAsync(ShowingUse use) => Task.FromResult(
        _uses.TryGetValue((use.Region, use.Showing), out var found) ? found.StateFor(use) : IsYoung ? UseState.Unknown : UseState.Unused);

    public override Task ForgetAsync(DbTransaction transaction, long nowUnixSeconds)
    {
        foreach (var (key, use) in _uses)
        {
            if (use.KeptUntil < nowUnixSeconds)
            {
                _uses.TryRemove(key, out _);
            }
        }

        return Task.CompletedTask;
    }

    private bool IsYoung => NowUnixSeconds < _epoch + ShowingUse.KeptSeconds;

    private UseState Claim(ShowingUse use) => IsYoung ? UseState.Unknown : _uses.GetOrAdd((use.Region, use.Showing), use).StateFor(use);
}
