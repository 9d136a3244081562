using System.Data.Common;
using CrossProvince.Service.Storage;
using CrossProvince.Service.Storage.Retention;
using CrossProvince.Service.Tests.Backends;
using Dapper;

namespace CrossProvince.Service.Tests.Storage.Retention;

/// <summary>What stood in one table goes into its months.</summary>
[TestFixture(false)]
[TestFixture(true)]
public sealed class MonthMigrationTests(bool postgres)
{
    private static readonly DateOnly s_month = new(2025, 12, 1);

    private readonly SampleRows _rows = new(postgres);
    private string _folder = "";

    [SetUp]
    public void MakeFolder() => _folder = Directory.CreateTempSubdirectory("crossprovince-").FullName;

    [TearDown]
    public void DeleteFolder() => Directory.Delete(_folder, recursive: true);

    [Test]
    public async Task Prepare_RowsOfSeveralMonths_AreCarriedWhole()
    {
        var connectionString = postgres ? Servers.Postgres.NewDatabase() : $"Data Source={Path.Combine(_folder, "node.db")}";
        Migrations.RunBefore(connectionString, postgres, "0006");
        await using var database = new Database(connectionString);
        var (verifications, showings) = (MonthlyTable.Verifications, MonthlyTable.Showings);
        long[] verified = [verifications.Begin(s_month) - 1, verifications.Begin(s_month), verifications.Begin(s_month.AddMonths(1)) - 1, verifications.Begin(s_month.AddMonths(1))];
        long[] shown = [showings.Begin(s_month) - 1, showings.Begin(s_month)];
        List<object> before;
        await using (var connection = await database.OpenAsync(CancellationToken.None))
        {
            for (var n = 0; n < verified.Length; n++)
            {
                await _rows.InsertAtAsync(connection, verifications, n, verified[n]);
            }

            for (var n = 0; n < shown.Length; n++)
            {
                await _rows.InsertAtAsync(connection, showings, n, shown[n]);
            }

            before = await ReadAsync(connection);
        }

        database.Prepare();

        await using var after = await database.OpenAsync(CancellationToken.None);
        Assert.That(before, Has.Count.EqualTo(6));
        Assert.That(await ReadAsync(after), Is.EqualTo(before));
        if (postgres)
        {
            Assert.That(
                await after.QueryAsync<string>("SELECT DISTINCT CAST(tableoid AS REGCLASS)::TEXT FROM verifications ORDER BY 1"),
                Is.EqualTo(new[] { "verifications_202511", "verifications_202512", "verifications_202601" }));
        }

        // The keys hold, also of rows that were carried.
        Assert.That(async () => await _rows.InsertAtAsync(after, verifications, 1, verified[1]), Throws.InstanceOf<DbException>());
        Assert.That(async () => await _rows.InsertAtAsync(after, showings, 1, shown[1]), Throws.InstanceOf<DbException>());
    }

    private static async Task<List<object>> ReadAsync(DbConnection connection)
    {
        var rows = await connection.QueryAsync("SELECT * FROM verifications ORDER BY time");
        var shown = await connection.QueryAsync("SELECT * FROM showings ORDER BY first_issued_at");
        return [.. rows.Concat(shown).Select(row => string.Join(" | ", ((IDictionary<string, object>)row).Select(cell => $"{cell.Key}={(cell.Value is byte[] bytes ? Convert.ToHexString(bytes) : cell.Value)}")))];
    }
}
