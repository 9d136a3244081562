using System.Collections.Concurrent;
using System.Data.Common;
using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Verification;

namespace CrossProvince.Service.Verifying;

/// <summary>Used showings in the process's own memory; its start is the epoch. For one node alone.</summary>
/// <remarks>What was used before the epoch is forgotten: until all codes made before have died nothing is claimed, and only what is known to be used is answered.</remarks>
internal sealed class LocalUsedShowings(TrustedClock clock) : UsedShowings
{
    private readonly ConcurrentDictionary<(RegionCode, long), ShowingUse> _uses = new();
    private readonly long _epoch = clock.Now().UnixSeconds;

    public override Task<UseState[]> ClaimAsync(IReadOnlyList<ShowingUse> uses) =>
        Task.FromResult(IsYoung ? Unknown(uses.Count) : [.. uses.Select(use => _uses.GetOrAdd(use.Key, use).StateFor(use))]);

    public override Task<UseState[]> LookAsync(IReadOnlyList<ShowingUse> uses) => Task.FromResult<UseState[]>(
        [.. uses.Select(use => _uses.TryGetValue(use.Key, out var found) ? found.StateFor(use) : IsYoung ? UseState.Unknown : UseState.Unused)]);

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

    private bool IsYoung => clock.Now().UnixSeconds < _epoch + ShowingUse.KeptSeconds;
}
