using CrossProvince.Core.Presentation;
using CrossProvince.Service.Recording;
using CrossProvince.Service.Tests.Backends;
using CrossProvince.Service.Tests.Recording;
using CrossProvince.Service.Tests.Storage;
using CrossProvince.Service.Verifying;
using Dapper;

namespace CrossProvince.Service.Tests.Verifying;

/// <summary>Questions of scans are planned once a connection, most often while a table is empty: the plan must do when it is not.</summary>
public sealed class LookUpTests() : StorageFixture(Backend.Postgres)
{
    private const int Rows = 8_000;

    private RecordedAnswers Answers => new(null!, Database);

    [Test]
    public async Task FindAsync_PlannedOnAnEmptyTable_ReadsOnlyWhatIsAskedForWhenItHasGrown()
    {
        for (var i = 0; i < 8; i++)
        {
            Assert.That(await FindAsync(), Is.Zero);
        }

        await FillAsync();
        var before = await CountReadAsync("verifications");
        for (var i = 0; i < 8; i++)
        {
            Assert.That(await FindAsync(), Is.EqualTo(2));
        }

        Assert.That(await CountReadAsync("verifications") - before, Is.InRange(8 * 2, 8 * 2 * 4));
    }

    [Test]
    public async Task FindAsync_ShowingsPlannedOnAnEmptyTable_ReadsOnlyWhatIsAskedForWhenItHasGrown()
    {
        var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        var issued = new IssuedCodes(Database);
        async Task<int> FindSomeAsync() => (await issued.FindAsync([new ShowingId(1), new ShowingId(Rows - 1), new ShowingId(Rows + 1)], now)).Count;
        for (var i = 0; i < 8; i++)
        {
            Assert.That(await FindSomeAsync(), Is.Zero);
        }

        await using var connection = await Database.OpenAsync(CancellationToken.None);
        await connection.ExecuteAsync(
            """
            INSERT INTO showings (showing, licence_row, list_number, list_index, scenario, presenter, presenter_hash, first_issued_at, last_expires_at, last_code)
            SELECT i, i, 1, i, 1, 0, CAST('' AS BYTEA), @now, @now + 90, 0 FROM generate_series(1, @rows - 1) AS i
            """,
            new { now, rows = Rows });
        var before = await CountReadAsync("showings");
        for (var i = 0; i < 8; i++)
        {
            Assert.That(await FindSomeAsync(), Is.EqualTo(2));
        }

        Assert.That(await CountReadAsync("showings") - before, Is.InRange(8 * 2, 8 * 2 * 4));
    }

    private async Task<int> FindAsync()
    {
        var asked = new[] { "r1", $"r{Rows - 1}", "none" }.Select(id => (TestRecords.Caller, id));
        return (await Answers.FindAsync([.. asked], TestRecords.Begin - 1)).Count;
    }

    private async Task FillAsync()
    {
        var batch = new RecordBatch.Builder(Rows);
        var body = new byte[SpoolFrame.LongestBody];
        for (var i = 0; i < Rows; i++)
        {
            batch.Add(body.AsSpan(0, RecordFormat.Write(body, TestRecords.Make(i, $"r{i}"))));
        }

        await new CopyingTable(Database, TestRecords.Region, new RecordedRequests(Database, TimeProvider.System)).WriteAsync(batch.Build(), CancellationToken.None);
    }

    /// <summary>How many entries of a table's months and of their indexes were read; counted by the server, which is told to count now.</summary>
    private Task<long> CountReadAsync(string table) => Database.AskAsync(async connection =>
    {
        await connection.ExecuteAsync("SELECT pg_stat_force_next_flush()");
        return await connection.ExecuteScalarAsync<long>(
            """
            SELECT (SELECT SUM(seq_tup_read) FROM pg_stat_user_tables WHERE relname LIKE @table || '_%')
                 + (SELECT SUM(idx_tup_read) FROM pg_stat_user_indexes WHERE relname LIKE @table || '_%')
            """,
            new { table });
    });
}
