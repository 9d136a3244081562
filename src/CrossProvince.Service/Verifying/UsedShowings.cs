using System.Data.Common;
using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Presentation;
using CrossProvince.Core.Verification;
using CrossProvince.Service.Caching;
using CrossProvince.Service.Hosting;
using CrossProvince.Service.Storage;

namespace CrossProvince.Service.Verifying;

/// <summary>What is known of a showing's use.</summary>
internal enum UseState
{
    /// <summary>Nobody has used it.</summary>
    Unused,

    /// <summary>The same owner has.</summary>
    UsedByOwner,

    /// <summary>Somebody else has.</summary>
    UsedByAnother,

    /// <summary>It can't be told.</summary>
    Unknown,
}

/// <summary>One use of a showing.</summary>
/// <param name="Region">Issuing region.</param>
/// <param name="Showing">The showing.</param>
/// <param name="Owner">Who uses it: certificate URI or operator's organisation, and terminal.</param>
/// <param name="Time">Unix milliseconds.</param>
/// <param name="KeptUntil">Unix seconds from which no code of the showing can live any more.</param>
/// <param name="VerificationId">The verification that uses it.</param>
internal sealed record ShowingUse(RegionCode Region, ShowingId Showing, string Owner, long Time, long KeptUntil, string VerificationId)
{
    /// <summary>How long after a code's exp its showing's use is remembered: a showing's 600 s, the largest skew, a margin (docs/payload.md).</summary>
    public const int KeptSeconds = 780;

    /// <summary>What this use, which stands in a store, means for another.</summary>
    public UseState StateFor(ShowingUse other) =>
        Owner != other.Owner ? UseState.UsedByAnother : VerificationId == other.VerificationId ? UseState.Unused : UseState.UsedByOwner;
}

/// <summary>Remembers which showings have been used, for single-use scenarios (docs/payload.md, "Single use").</summary>
/// <remarks>
/// The database's own table is asked and written within the transaction that records the verification. Any other store is asked
/// before it, all scans of a request at once, so that no transaction waits for anything but the database: a use claimed so whose
/// record then fails is held for the owner, who may scan again.
/// </remarks>
internal abstract class UsedShowings
{
    /// <summary>Chooses the store.</summary>
    public static UsedShowings Create(UsedShowingsStore store, Database database, SharedCache cache, RegionCode own, TrustedClock clock) => store switch
    {
        UsedShowingsStore.Database => new DatabaseUsedShowings(database),
        _ when cache.IsConfigured => new RedisUsedShowings(cache, own, clock),
        _ => new LocalUsedShowings(clock),
    };

    /// <summary>Whether <see cref="ClaimAsync(IReadOnlyList{ShowingUse})"/>, before the transaction, is what decides.</summary>
    public abstract bool DecidesAhead { get; }

    /// <summary>Before the transaction: uses each showing unless it has been; of two that try at once one gets it.</summary>
    /// <returns>One state each, in order; <see cref="UseState.Unused"/> when this verification used it.</returns>
    public abstract Task<UseState[]> ClaimAsync(IReadOnlyList<ShowingUse> uses);

    /// <summary>Within the transaction: what is known, without using anything.</summary>
    public abstract Task<UseState> LookAsync(DbTransaction transaction, ShowingUse use);

    /// <summary>Within the transaction: uses the showing unless it has been.</summary>
    /// <returns><see cref="UseState.Unused"/> when this call used it.</returns>
    public abstract Task<UseState> ClaimAsync(DbTransaction transaction, ShowingUse use);

    /// <summary>Whether a showing is known to have been used by anybody.</summary>
    public abstract Task<bool> IsUsedAsync(RegionCode region, ShowingId showing, CancellationToken cancellation);

    /// <summary>Forgets uses whose codes have all died.</summary>
    public abstract Task ForgetAsync(DbTransaction transaction, long nowUnixSeconds);
}
