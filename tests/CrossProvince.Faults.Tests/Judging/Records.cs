using System.Data.Common;
using System.Diagnostics;
using System.Globalization;
using CrossProvince.Faults.Tests.History;
using CrossProvince.Faults.Tests.Region;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace CrossProvince.Faults.Tests.Judging;

/// <summary>The records of verifications, as they stand in the databases.</summary>
internal static class Records
{
    private static readonly TimeSpan s_longestDrain = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(250);

    /// <summary>Waits until everything that was answered is recorded as it was answered: the spools bring it within moments.</summary>
    /// <param name="databases">Where they may be.</param>
    /// <param name="answers">What was answered.</param>
    /// <returns>How many answers are not.</returns>
    public static async Task<int> CountMissingAsync(IReadOnlyList<string> databases, IEnumerable<Answer> answers)
    {
        var start = Stopwatch.GetTimestamp();
        var missing = answers.ToList();
        while (true)
        {
            var recorded = new Dictionary<string, int>(StringComparer.Ordinal);
            foreach (var database in databases)
            {
                await ReadAsync(Open(database), recorded);
            }

            missing.RemoveAll(answer => recorded.TryGetValue(answer.VerificationId, out var verdict) && verdict == (int)answer.Verdict);
            if (missing.Count == 0 || Stopwatch.GetElapsedTime(start) > s_longestDrain)
            {
                return missing.Count;
            }

            await Task.Delay(s_pause);
        }
    }

    /// <summary>Compares the counts of verifications with the records, in one look at each database: they are written together or not at all (docs/adr/0052).</summary>
    /// <returns>How many counts differ.</returns>
    public static async Task<long> CompareCountsAsync(IReadOnlyList<string> databases)
    {
        const string Recount = """
            SELECT (time / 1000 + 28800) / 3600 * 3600 - 28800, verifier_region, issuing_region, type_number, scenario, verdict, reason, COUNT(*)
            FROM verifications GROUP BY 1, 2, 3, 4, 5, 6, 7
            """;
        const string Counts = "SELECT start, verifier_region, issuing_region, type_number, scenario, verdict, reason, count FROM verification_counts WHERE span = 3600";
        var differing = 0L;
        foreach (var database in databases)
        {
            await using var connection = Open(database);
            await connection.OpenAsync();
            await using var command = connection.CreateCommand();
            command.CommandText = $"SELECT (SELECT COUNT(*) FROM ({Recount} EXCEPT {Counts}) AS missing) + (SELECT COUNT(*) FROM ({Counts} EXCEPT {Recount}) AS wrong)";
            differing += Convert.ToInt64(await command.ExecuteScalarAsync(), CultureInfo.InvariantCulture);
        }

        return differing;
    }

    /// <summary>Whether the pages of SQLite files are whole.</summary>
    /// <returns>What is not.</returns>
    public static async Task<List<string>> CheckFilesAsync(RegionUnderTest region)
    {
        await using var connection = new SqliteConnection($"{(region.HasPartner ? region.PartnerDatabase : region.Database)};Mode=ReadOnly");
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = "SELECT integrity_check FROM pragma_integrity_check WHERE integrity_check <> 'ok'";
        await using var rows = await command.ExecuteReaderAsync();
        var found = new List<string>();
        while (await rows.ReadAsync())
        {
            found.Add(rows.GetString(0));
        }

        return found;
    }

    private static DbConnection Open(string database) => database.StartsWith("Data Source", StringComparison.Ordinal) ? new SqliteConnection(database) : new NpgsqlConnection(database);

    private static async Task ReadAsync(DbConnection connection, Dictionary<string, int> recorded)
    {
        await using (connection)
        {
            await connection.OpenAsync();
            await using var command = connection.CreateCommand();
            command.CommandText = "SELECT verification_id, verdict FROM verifications";
            await using var rows = await command.ExecuteReaderAsync();
            while (await rows.ReadAsync())
            {
                recorded[rows.GetString(0)] = rows.GetInt32(1);
            }
        }
    }
}
