using System.Data.Common;
using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Presentation;
using CrossProvince.Core.Verification;

namespace CrossProvince.Service.Verifying;

/// <summary>Used showings in a store that can forget.</summary>
/// <remarks>
/// Such a store knows since when it has remembered without a gap: its epoch. What was used before is forgotten, so until all
/// codes made before have died nothing is claimed, and only what is known to be used is answered.
/// </remarks>
internal abstract class CachedUsedShowings(TrustedClock clock) : UsedShowings
{
    public sealed override bool DecidesAhead => true;

    public sealed override Task<UseState> LookAsync(DbTransaction transaction, ShowingUse use) => throw DecidedAhead();

    public sealed override Task<UseState> ClaimAsync(DbTransaction transaction, ShowingUse use) => throw DecidedAhead();

    public sealed override async Task<bool> IsUsedAsync(RegionCode region, ShowingId showing, CancellationToken cancellation) =>
        await LookAsync(new ShowingUse(region, showing, "", 0, 0, "")) == UseState.UsedByAnother;

    /// <summary>What is known, without using anything.</summary>
    public abstract Task<UseState> LookAsync(ShowingUse use);

    protected long NowUnixSeconds => clock.Now().UnixSeconds;

    private static InvalidOperationException DecidedAhead() => new("This store decides before the transaction.");
}
