using System.Data.Common;
using CrossProvince.Core.Presentation;
using Dapper;

namespace CrossProvince.Service.Presenting;

/// <summary>One showing: the codes refreshed while one licence is shown for one scenario.</summary>
internal sealed record Showing
{
    public required ShowingId Id { get; init; }

    /// <summary>The row of the licence.</summary>
    public required long LicenceRow { get; init; }

    public required int List { get; init; }

    public required int Index { get; init; }

    public required int Scenario { get; init; }

    public required Presenter Presenter { get; init; }

    /// <summary>Who shows it, as a keyed hash: it is only ever compared.</summary>
    public required byte[] PresenterHash { get; init; }

    /// <summary>Unix seconds of the first code's iat.</summary>
    public required long FirstIssuedAt { get; init; }

    /// <summary>Unix seconds at which the last code dies.</summary>
    public required long LastExpiresAt { get; init; }

    /// <summary>Number of the last code made.</summary>
    public required int LastCode { get; init; }

    /// <summary>Unix milliseconds of its withdrawal, or null.</summary>
    public required long? WithdrawnAt { get; init; }
}

/// <summary>Showings in the database.</summary>
internal static class ShowingStore
{
    private const string ById = """
        SELECT showing, licence_row, list_number, list_index, scenario, presenter, presenter_hash, first_issued_at, last_expires_at, last_code, withdrawn_at
        FROM showings WHERE showing = @id AND first_issued_at > @since AND first_issued_at < @until
        """;

    private const string Insert = """
        INSERT INTO showings (showing, licence_row, list_number, list_index, scenario, presenter, presenter_hash, first_issued_at, last_expires_at, last_code, withdrawn_at)
        VALUES (@id, @LicenceRow, @List, @Index, @Scenario, @presenter, @PresenterHash, @FirstIssuedAt, @LastExpiresAt, @LastCode, NULL)
        """;

    private const string Continue = "UPDATE showings SET last_code = @LastCode, last_expires_at = @LastExpiresAt WHERE showing = @id AND first_issued_at = @FirstIssuedAt";

    private const string Withdraw = "UPDATE showings SET withdrawn_at = @time WHERE showing = @id AND first_issued_at = @firstIssuedAt AND withdrawn_at IS NULL";

    public static async Task<Showing?> FindAsync(DbTransaction transaction, ShowingId id, long nowUnixSeconds)
    {
        var lives = ShowingLife.Around(nowUnixSeconds);
        var row = await transaction.Connection!.QuerySingleOrDefaultAsync<Row>(ById, new { id = (long)id.Value, since = lives.Since, until = lives.Until }, transaction);
        return row is null ? null : new Showing
        {
            Id = id,
            LicenceRow = row.LicenceRow,
            List = (int)row.ListNumber,
            Index = (int)row.ListIndex,
            Scenario = (int)row.Scenario,
            Presenter = (Presenter)row.Presenter,
            PresenterHash = row.PresenterHash,
            FirstIssuedAt = row.FirstIssuedAt,
            LastExpiresAt = row.LastExpiresAt,
            LastCode = (int)row.LastCode,
            WithdrawnAt = row.WithdrawnAt,
        };
    }

    public static Task InsertAsync(DbTransaction transaction, Showing showing) => transaction.Connection!.ExecuteAsync(
        Insert,
        new
        {
            id = (long)showing.Id.Value,
            showing.LicenceRow,
            showing.List,
            showing.Index,
            showing.Scenario,
            presenter = (int)showing.Presenter,
            showing.PresenterHash,
            showing.FirstIssuedAt,
            showing.LastExpiresAt,
            showing.LastCode,
        },
        transaction);

    public static Task ContinueAsync(DbTransaction transaction, Showing showing) => transaction.Connection!.ExecuteAsync(
        Continue, new { id = (long)showing.Id.Value, showing.LastCode, showing.LastExpiresAt, showing.FirstIssuedAt }, transaction);

    public static Task WithdrawAsync(DbTransaction transaction, Showing showing, long timeMilliseconds) => transaction.Connection!.ExecuteAsync(
        Withdraw, new { id = (long)showing.Id.Value, firstIssuedAt = showing.FirstIssuedAt, time = timeMilliseconds }, transaction);

    private sealed class Row
    {
        public long LicenceRow { get; init; }

        public long ListNumber { get; init; }

        public long ListIndex { get; init; }

        public long Scenario { get; init; }

        public long Presenter { get; init; }

        public byte[] PresenterHash { get; init; } = [];

        public long FirstIssuedAt { get; init; }

        public long LastExpiresAt { get; init; }

        public long LastCode { get; init; }

        public long? WithdrawnAt { get; init; }
    }
}
