using System.Data.Common;
using System.Runtime.InteropServices;
using System.Text.Json;
using CrossProvince.Service.Storage;
using Dapper;

namespace CrossProvince.Service.Recording;

/// <summary>What verifications are counted by.</summary>
/// <param name="VerifierRegion">Region of who verified.</param>
/// <param name="IssuingRegion">Region that issued; 0, like type and scenario, unless the signature held.</param>
/// <param name="TypeNumber">Licence type.</param>
/// <param name="Scenario">Scenario.</param>
/// <param name="Verdict">Verdict.</param>
/// <param name="Reason">Why undetermined.</param>
internal readonly record struct CountedAs(int VerifierRegion, int IssuingRegion, int TypeNumber, int Scenario, int Verdict, int Reason);

/// <summary>Adds what is new among the records to the counts of their hours and days, in the transaction that writes the records: so counts and records say the same, whatever comes between (docs/adr/0052).</summary>
internal sealed class VerificationCounts
{
    /// <summary>Seconds of an hour: the finer count.</summary>
    public const int Hour = 3_600;

    /// <summary>Seconds of a day of China Standard Time: the coarser count.</summary>
    public const int Day = 86_400;

    /// <summary>Days begin so many seconds before those of UTC.</summary>
    private const int ChinaSeconds = 28_800;

    private static readonly Comparer<long[]> s_order = Comparer<long[]>.Create((a, b) => a.AsSpan().SequenceCompareTo(b));

    private readonly Dictionary<(long Hour, CountedAs Key), long> _hours = [];

    /// <summary>When the hour or day of a moment begins.</summary>
    /// <param name="span"><see cref="Hour"/> or <see cref="Day"/>.</param>
    /// <param name="unixSeconds">The moment.</param>
    /// <returns>Unix seconds.</returns>
    public static long Begin(int span, long unixSeconds)
    {
        var since = (unixSeconds + ChinaSeconds) % span;
        return unixSeconds - (since < 0 ? since + span : since);
    }

    /// <summary>Counts all records of a batch.</summary>
    public static VerificationCounts Of(RecordBatch records)
    {
        var counts = new VerificationCounts();
        for (var i = 0; i < records.Count; i++)
        {
            var (time, key) = RecordFormat.ReadCounted(records.Row(i));
            counts.Add(time, key);
        }

        return counts;
    }

    /// <summary>Counts one record.</summary>
    /// <param name="time">When it was made, Unix milliseconds.</param>
    /// <param name="key">As what.</param>
    public void Add(long time, CountedAs key)
    {
        ref var count = ref CollectionsMarshal.GetValueRefOrAddDefault(_hours, (Begin(Hour, time / 1_000), key), out _);
        count++;
    }

    /// <summary>Adds the counts to the database's.</summary>
    /// <param name="database">The database.</param>
    /// <param name="transaction">The transaction that writes the records.</param>
    public Task WriteAsync(Database database, DbTransaction transaction)
    {
        var days = _hours.GroupBy(hour => (Day: Begin(Day, hour.Key.Hour), hour.Key.Key)).Select(day => Row(Day, day.Key.Day, day.Key.Key, day.Sum(hour => hour.Value)));

        // In one order at every node: of two that add to the same rows one waits, and neither for the other.
        var rows = JsonSerializer.Serialize(_hours.Select(hour => Row(Hour, hour.Key.Hour, hour.Key.Key, hour.Value)).Concat(days).Order(s_order));
        return transaction.Connection!.ExecuteAsync(Add(database), new { rows }, transaction);
    }

    // WHERE: without it SQLite reads ON CONFLICT as the condition of a join.
    private static string Add(Database database) => $"""
        INSERT INTO verification_counts (span, start, verifier_region, issuing_region, type_number, scenario, verdict, reason, count)
        SELECT CAST(r.value ->> 0 AS INTEGER), CAST(r.value ->> 1 AS BIGINT), CAST(r.value ->> 2 AS INTEGER), CAST(r.value ->> 3 AS INTEGER), CAST(r.value ->> 4 AS INTEGER),
               CAST(r.value ->> 5 AS INTEGER), CAST(r.value ->> 6 AS INTEGER), CAST(r.value ->> 7 AS INTEGER), CAST(r.value ->> 8 AS BIGINT)
        FROM {database.RowsOf("rows")} WHERE true
        ON CONFLICT (span, start, verifier_region, issuing_region, type_number, scenario, verdict, reason)
        DO UPDATE SET count = verification_counts.count + excluded.count
        """;

    private static long[] Row(int span, long start, CountedAs key, long count) =>
        [span, start, key.VerifierRegion, key.IssuingRegion, key.TypeNumber, key.Scenario, key.Verdict, key.Reason, count];
}
