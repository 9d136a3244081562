using System.Data.Common;
using System.Text.Json;
using CrossProvince.Core.Identifiers;
using CrossProvince.Service.Storage;
using Dapper;

namespace CrossProvince.Service.Verifying;

/// <summary>Used showings in the database's own table, unique on region and showing: survives everything the database survives.</summary>
internal sealed class DatabaseUsedShowings(Database database, GroupCommit commits) : UsedShowings
{
    /// <summary>The longest that scans wait for their claim; one that is made later is held for its owner.</summary>
    private static readonly TimeSpan s_claimLimit = TimeSpan.FromSeconds(2);

    // WHERE true: without it SQLite takes ON CONFLICT for a part of the table's alias.
    private readonly string _claim = $"""
        INSERT INTO used_showings (issuing_region, showing, owner, used_at, kept_until, verification_id)
        SELECT CAST(r.value ->> 'region' AS INTEGER), CAST(r.value ->> 'showing' AS BIGINT), r.value ->> 'owner',
            CAST(r.value ->> 'time' AS BIGINT), CAST(r.value ->> 'until' AS BIGINT), r.value ->> 'id'
        FROM {database.RowsOf("uses")} WHERE true
        ON CONFLICT (issuing_region, showing) DO NOTHING
        RETURNING issuing_region, showing
        """;

    // By both clocks: a node whose clock is ahead must not forget a use while its neighbours would still take the code.
    private readonly string _forget = $"DELETE FROM used_showings WHERE kept_until < @now AND kept_until < {database.Clock} / 1000";

    private readonly string _find = $"""
        SELECT u.issuing_region, u.showing, u.owner, u.verification_id
        FROM {database.RowsOf("uses")}
        JOIN used_showings u ON u.issuing_region = CAST(r.value ->> 'region' AS INTEGER) AND u.showing = CAST(r.value ->> 'showing' AS BIGINT)
        """;

    public override Task<UseState[]> ClaimAsync(IReadOnlyList<ShowingUse> uses) => AnswerAsync(uses, ClaimFirstAsync);

    public override Task<UseState[]> LookAsync(IReadOnlyList<ShowingUse> uses) => AnswerAsync(
        uses, first => database.AskAsync(connection => FindAsync(connection, null, first)));

    public override Task ForgetAsync(DbTransaction transaction, long nowUnixSeconds) =>
        transaction.Connection!.ExecuteAsync(_forget, new { now = nowUnixSeconds }, transaction);

    private async Task<List<Holder>> ClaimFirstAsync(IReadOnlyList<ShowingUse> first)
    {
        try
        {
            return await commits.RunAsync(transaction => ClaimAsync(transaction, first)).WaitAsync(s_claimLimit);
        }
        catch (TimeoutException e)
        {
            _ = database.ProbeAsync();
            throw new StorageException(e);
        }
    }

    /// <summary>The uses that stand in the table after each of these has been tried.</summary>
    private async Task<List<Holder>> ClaimAsync(DbTransaction transaction, IReadOnlyList<ShowingUse> first)
    {
        var claimed = (await transaction.Connection!.QueryAsync<Place>(_claim, new { uses = ToJson(first) }, transaction)).Select(key => (key.IssuingRegion, key.Showing)).ToHashSet();
        var holders = new List<Holder>(first.Count);
        var conflicts = new List<ShowingUse>();
        foreach (var use in first)
        {
            if (claimed.Contains((use.Region.Value, use.Key.Number)))
            {
                holders.Add(new Holder { IssuingRegion = use.Region.Value, Showing = use.Key.Number, Owner = use.Owner, VerificationId = use.VerificationId });
            }
            else
            {
                conflicts.Add(use);
            }
        }

        if (conflicts.Count > 0)
        {
            holders.AddRange(await FindAsync(transaction.Connection!, transaction, conflicts));
        }

        return holders;
    }

    private async Task<List<Holder>> FindAsync(DbConnection connection, DbTransaction? transaction, IReadOnlyList<ShowingUse> uses) =>
        (await connection.QueryAsync<Holder>(_find, new { uses = ToJson(uses) }, transaction)).AsList();

    /// <summary>Asks about the first use of each showing; all others are compared with whatever then holds it.</summary>
    private static async Task<UseState[]> AnswerAsync(IReadOnlyList<ShowingUse> uses, Func<IReadOnlyList<ShowingUse>, Task<List<Holder>>> ask)
    {
        // In one order on all nodes: two transactions then never hold what the other waits for.
        var first = uses.DistinctBy(use => use.Key).OrderBy(use => use.Region.Value).ThenBy(use => use.Key.Number).ToList();
        Dictionary<(RegionCode, long), ShowingUse> holders;
        try
        {
            holders = (await ask(first)).ToDictionary(holder => holder.Key, holder => holder.Use);
        }
        catch (Exception e) when (e is StorageException or StorageBusyException)
        {
            return Unknown(uses.Count);
        }

        return [.. uses.Select(use => holders.TryGetValue(use.Key, out var holder) ? holder.StateFor(use) : UseState.Unused)];
    }

    private static string ToJson(IReadOnlyList<ShowingUse> uses) => JsonSerializer.Serialize(uses.Select(use => new
    {
        region = use.Region.Value,
        showing = use.Key.Number,
        owner = use.Owner,
        time = use.Time,
        until = use.KeptUntil,
        id = use.VerificationId,
    }));

    private class Place
    {
        public long IssuingRegion { get; init; }

        public long Showing { get; init; }
    }

    /// <summary>Who holds a showing.</summary>
    private sealed class Holder : Place
    {
        public string Owner { get; init; } = "";

        public string VerificationId { get; init; } = "";

        public (RegionCode, long) Key => (new RegionCode((int)IssuingRegion), Showing);

        public ShowingUse Use => new(new RegionCode((int)IssuingRegion), default, Owner, 0, 0, VerificationId);
    }
}
