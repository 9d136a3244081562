using System.Buffers.Binary;
using System.Data.Common;
using System.Text;
using CrossProvince.Core.Catalogue;
using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Presentation;
using CrossProvince.Core.Signatures;
using CrossProvince.Core.Verification;
using CrossProvince.Service.Caching;
using CrossProvince.Service.Hosting;
using CrossProvince.Service.Identity;
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

    /// <summary>The region in which alone it counts, where another region's node asks for what may be used once in each; default: it counts for everyone who asks here.</summary>
    public RegionCode Within { get; init; }

    /// <summary>Who a use belongs to, as it is stored.</summary>
    /// <param name="caller">Certificate URI or operator's organisation.</param>
    /// <param name="onBehalfOf">Whom a node asks for.</param>
    /// <param name="terminal">The terminal.</param>
    public static string OwnerOf(string caller, string onBehalfOf, string terminal) => $"{caller}|{onBehalfOf}|{terminal}";

    /// <summary>The use that a scan makes of its showing.</summary>
    /// <param name="scan">The scan.</param>
    /// <param name="own">This node's region.</param>
    public static ShowingUse Of(Scan scan, RegionCode own)
    {
        var claims = scan.Core.Code.Claims;
        var owner = OwnerOf(scan.Caller.Uri, scan.Request.OnBehalfOf, scan.Request.TerminalId);
        return new ShowingUse(claims.Region, claims.Showing, owner, scan.Time, claims.ExpiresAt + KeptSeconds, scan.VerificationId)
        {
            Within = scan.Core.Scenario is { Use: UseRule.OncePerRegion } && scan.Caller is { Role: CallerRole.Node } caller && caller.Region != own ? caller.Region : default,
        };
    }

    /// <summary>What is used.</summary>
    public (RegionCode Region, long Number) Key => (Region, Within == default ? (long)Showing.Value : NumberWithin());

    /// <summary>What this use, which stands in a store, means for another.</summary>
    public UseState StateFor(ShowingUse other) =>
        Owner != other.Owner ? UseState.UsedByAnother : VerificationId == other.VerificationId ? UseState.Unused : UseState.UsedByOwner;

    /// <summary>A number below 0, which no showing has: tables have one column for both (docs/operations.md, "Personal data in the database").</summary>
    private long NumberWithin() =>
        BinaryPrimitives.ReadInt64BigEndian(Sm3.Hash(Encoding.ASCII.GetBytes($"CP1-USE {Region} {Showing} {Within}"))) | long.MinValue;
}

/// <summary>Remembers which showings have been used, for single-use scenarios (docs/payload.md, "Single use").</summary>
/// <remarks>
/// All uses of a group are claimed together, before its verifications are recorded: a use whose record then fails is held for its
/// owner, who may scan again. Nothing is thrown for a store that is away: then it can't be told.
/// </remarks>
internal abstract class UsedShowings
{
    /// <summary>Chooses the store.</summary>
    public static UsedShowings Create(UsedShowingsStore store, Database database, GroupCommit commits, SharedCache cache, RegionCode own, TrustedClock clock) => store switch
    {
        UsedShowingsStore.Database => new DatabaseUsedShowings(database, commits),
        _ when cache.IsConfigured => new RedisUsedShowings(cache, own, clock),
        _ => new LocalUsedShowings(clock),
    };

    /// <summary>Uses each showing unless it has been, in this order; of two that try at once one gets it. What is claimed when it returns is durable.</summary>
    /// <returns>One state each, in order; <see cref="UseState.Unused"/> when this verification used it.</returns>
    public abstract Task<UseState[]> ClaimAsync(IReadOnlyList<ShowingUse> uses);

    /// <summary>What is known of each, without using anything.</summary>
    public abstract Task<UseState[]> LookAsync(IReadOnlyList<ShowingUse> uses);

    /// <summary>Whether a showing is known to have been used by anybody.</summary>
    public async Task<bool> IsUsedAsync(RegionCode region, ShowingId showing) =>
        (await LookAsync([new ShowingUse(region, showing, "", 0, 0, "")]))[0] == UseState.UsedByAnother;

    /// <summary>Within a transaction: forgets uses whose codes have all died.</summary>
    public abstract Task ForgetAsync(DbTransaction transaction, long nowUnixSeconds);

    /// <summary>Nothing can be told.</summary>
    protected static UseState[] Unknown(int count)
    {
        var states = new UseState[count];
        Array.Fill(states, UseState.Unknown);
        return states;
    }
}
