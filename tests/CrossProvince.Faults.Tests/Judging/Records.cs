using System.Data.Common;
using System.Diagnostics;
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
    /// <returns>How many answers are not.</returns>
    public static async Task<int> CountMissingAsync(RegionUnderTest region, Book book)
    {
        var start = Stopwatch.GetTimestamp();
        var missing = book.Answers.ToList();
        while (true)
        {
            var recorded = await ReadAsync(Open(region.Database));
            if (region.HasPartner)
            {
                foreach (var (id, verdict) in await ReadAsync(Open($"{region.PartnerDatabase};Mode=ReadOnly")))
                {
                    recorded[id] = verdict;
                }
            }

            missing.RemoveAll(answer => recorded.TryGetValue(answer.VerificationId, out var verdict) && verdict == (int)answer.Verdict);
            if (missing.Count == 0 || Stopwatch.GetElapsedTime(start) > s_longestDrain)
            {
                return missing.Count;
            }

            await Task.Delay(s_pause);
        }
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

    private static async Task<Dictionary<string, int>> ReadAsync(DbConnection connection)
    {
        await using (connection)
        {
            await connection.OpenAsync();
            await using var command = connection.CreateCommand();
            command.CommandText = "SELECT verification_id, verdict FROM verifications";
            await using var rows = await command.ExecuteReaderAsync();
            var recorded = new Dictionary<string, int>(StringComparer.Ordinal);
            while (await rows.ReadAsync())
            {
                recorded[rows.GetString(0)] = rows.GetInt32(1);
            }

            return recorded;
        }
    }
}
