using System.Data.Common;
using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Presentation;
using CrossProvince.Service.Storage;
using Dapper;

namespace CrossProvince.Service.Verifying;

/// <summary>Used showings in the database's own table, unique on region and showing: survives everything the database survives.</summary>
internal sealed class DatabaseUsedShowings(Database database) : UsedShowings
{
    private const string Owner = "SELECT owner FROM used_showings WHERE issuing_region = @region AND showing = @showing";

    private const string Claim = """
        INSERT INTO used_showings (issuing_region, showing, owner, used_at, kept_until, verification_id)
        VALUES (@region, @showing, @owner, @time, @keptUntil, @verificationId)
        ON CONFLICT (issuing_region, showing) DO NOTHING
        """;

    private const string Forget = "DELETE FROM used_showings WHERE kept_until < @now";

    public override bool DecidesAhead => false;

    public override Task<UseState[]> ClaimAsync(IReadOnlyList<ShowingUse> uses) => throw new InvalidOperationException("The database decides within the transaction.");

    public override async Task<UseState> LookAsync(DbTransaction transaction, ShowingUse use)
    {
        var owner = await FindOwnerAsync(transaction.Connection!, use.Region, use.Showing, transaction);
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

    public override async Task<bool> IsUsedAsync(RegionCode region, ShowingId showing, CancellationToken cancellation)
    {
        await using var connection = await database.OpenAsync(cancellation);
        return await FindOwnerAsync(connection, region, showing, null) is not null;
    }

    public override Task ForgetAsync(DbTransaction transaction, long nowUnixSeconds) =>
        transaction.Connection!.ExecuteAsync(Forget, new { now = nowUnixSeconds }, transaction);

    private static Task<string?> FindOwnerAsync(DbConnection connection, RegionCode region, ShowingId showing, DbTransaction? transaction) =>
        connection.ExecuteScalarAsync<string?>(Owner, new { region = region.Value, showing = (long)showing.Value }, transaction);
}
