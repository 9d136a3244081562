using System.Collections.Concurrent;
using System.Data.Common;
using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Presentation;
using CrossProvince.Core.Verification;
using CrossProvince.Service.Hosting;
using Dapper;

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
}

/// <summary>Remembers which showings have been used, for single-use scenarios (docs/payload.md, "Single use").</summary>
internal abstract class UsedShowings
{
    public static UsedShowings Create(UsedShowingsStore store, TrustedClock clock) => store switch
    {
        UsedShowingsStore.Database => new DatabaseUsedShowings(),
        _ => new CachedUsedShowings(clock),
    };

    /// <summary>What is known, without using anything.</summary>
    public abstract Task<UseState> LookAsync(DbTransaction transaction, ShowingUse use);

    /// <summary>Uses the showing unless it has been; of two that try at once one gets it.</summary>
    /// <returns><see cref="UseState.Unused"/> when this call used it.</returns>
    public abstract Task<UseState> ClaimAsync(DbTransaction transaction, ShowingUse use);

    /// <summary>Whether anybody has used a showing.</summary>
    public async Task<bool> IsUsedAsync(DbTransaction transaction, RegionCode region, ShowingId showing) =>
        await LookAsync(transaction, new ShowingUse(region, showing, "", 0, 0, "")) is UseState.UsedByAnother;

    /// <summary>Forgets uses whose codes have all died.</summary>
    public abstract Task ForgetAsync(DbTransaction transaction, long nowUnixSeconds);
}

/// <summary>Used showings in the database's own table, unique on region and showing: survives everything the database survives.</summary>
internal sealed class DatabaseUsedShowings : UsedShowings
{
    private const string Owner = "SELECT owner FROM used_showings WHERE issuing_region = @region AND showing = @showing";

    private const string Claim = """
        INSERT INTO used_showings (issuing_region, showing, owner, used_at, kept_until, verification_id)
        VALUES (@region, @showing, @owner, @time, @keptUntil, @verificationId)
        ON CONFLICT (issuing_region, showing) DO NOTHING
        """;

    private const string Forget = "DELETE FROM used_showings WHERE kept_until < @now";

    public override async Task<UseState> LookAsync(DbTransaction transaction, ShowingUse use)
    {
        var owner = await transaction.Connection!.ExecuteScalarAsync<string?>(
            Owner, new { region = use.Region.Value, showing = (long)use.Showing.Value }, transaction);
        return owner is null ? UseState.Unused : owner == use.Owner ? UseState.UsedByOwner : UseState.UsedByAnother;
    }

    public override async Task<UseState> ClaimAsync(DbTransaction transaction, ShowingUse use)
    {
        var claimed = await transaction.Connection!.ExecuteAsync(
            Claim,
            new
            {
                region = use.Region.Value,
                showing = (long)use.Showing.Value,
                owner = use.Owner,
                time = use.Time,
                keptUntil = use.KeptUntil,
                verificationId = use.VerificationId,
            },
            transaction);
        return claimed == 1 ? UseState.Unused : await LookAsync(transaction, use);
    }

    public override Task ForgetAsync(DbTransaction transaction, long nowUnixSeconds) =>
        transaction.Connection!.ExecuteAsync(Forget, new { now = nowUnixSeconds }, transaction);
}

/// <summary>Used showings in memory.</summary>
/// <remarks>
/// What memory holds began with the process: that moment is its epoch. Whatever was used before it is forgotten, so until all
/// codes issued before have died no answer is given.
/// </remarks>
internal sealed class CachedUsedShowings(TrustedClock clock) : UsedShowings
{
    private readonly ConcurrentDictionary<(RegionCode, ShowingId), (string Owner, long KeptUntil)> _owners = new();
    private readonly long _epoch = clock.Now().UnixSeconds;

    public override Task<UseState> LookAsync(DbTransaction transaction, ShowingUse use) => Task.FromResult(
        _owners.TryGetValue((use.Region, use.Showing), out var found) ? Of(found.Owner, use)
        : IsYoung ? UseState.Unknown
        : UseState.Unused);

    public override Task<UseState> ClaimAsync(DbTransaction transaction, ShowingUse use)
    {
        if (IsYoung)
        {
            return LookAsync(transaction, use);
        }

        var mine = (use.Owner, use.KeptUntil);
        var added = _owners.TryAdd((use.Region, use.Showing), mine);
        return added ? Task.FromResult(UseState.Unused) : LookAsync(transaction, use);
    }

    public override Task ForgetAsync(DbTransaction transaction, long nowUnixSeconds)
    {
        foreach (var (key, use) in _owners)
        {
            if (use.KeptUntil < nowUnixSeconds)
            {
                _owners.TryRemove(key, out _);
            }
        }

        return Task.CompletedTask;
    }

    private bool IsYoung => clock.Now().UnixSeconds < _epoch + ShowingUse.KeptSeconds;

    private static UseState Of(string owner, ShowingUse use) => owner == use.Owner ? UseState.UsedByOwner : UseState.UsedByAnother;
}
