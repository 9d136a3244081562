using System.Data.Common;
using CrossProvince.Service.Recording;
using CrossProvince.Service.Storage;
using Dapper;

namespace CrossProvince.Service.Operations;

/// <summary>Counts of a stretch of time.</summary>
/// <param name="From">First moment, Unix seconds.</param>
/// <param name="Until">End, not included.</param>
/// <param name="Span">Seconds of a bucket: an hour or a day.</param>
/// <param name="Times">By bucket and verdict.</param>
/// <param name="Cells">By everything but time.</param>
internal sealed record CountedSpan(long From, long Until, int Span, IReadOnlyList<TimeCount> Times, IReadOnlyList<Cell> Cells)
{
    public long Total => Cells.Sum(cell => cell.Count);

    public long Valid => Cells.Where(cell => cell.IsValid).Sum(cell => cell.Count);
}

/// <summary>How many verifications a verdict had in a bucket.</summary>
internal sealed class TimeCount
{
    /// <summary>Unix seconds.</summary>
    public long Start { get; init; }

    public long Verdict { get; init; }

    public long Reason { get; init; }

    public long Count { get; init; }
}

/// <summary>How many verifications had all of this in common.</summary>
internal sealed class Cell
{
    public long VerifierRegion { get; init; }

    public long IssuingRegion { get; init; }

    public long TypeNumber { get; init; }

    public long Scenario { get; init; }

    public long Verdict { get; init; }

    public long Reason { get; init; }

    public long Count { get; init; }

    public bool IsValid => Verdict == (long)Core.Verification.Verdict.Valid;
}

/// <summary>Reads how many verifications there were; records are not touched, however long the span.</summary>
internal sealed class Figures(Database database, VerificationSpool spool)
{
    /// <summary>Hours are kept for so many days; days for good.</summary>
    public const int HoursKeptDays = 92;

    /// <summary>Longer spans are given by days.</summary>
    private const int MostHours = 72;

    // Sums of BIGINT are NUMERIC in PostgreSQL.
    internal const string ByTime = """
        SELECT start, verdict, reason, CAST(SUM(count) AS BIGINT) AS count FROM verification_counts
        WHERE span = @span AND start >= @from AND start < @until GROUP BY start, verdict, reason
        """;

    internal const string ByCell = """
        SELECT verifier_region, issuing_region, type_number, scenario, verdict, reason, CAST(SUM(count) AS BIGINT) AS count FROM verification_counts
        WHERE span = @span AND start >= @from AND start < @until GROUP BY verifier_region, issuing_region, type_number, scenario, verdict, reason
        """;

    internal const string Forget = "DELETE FROM verification_counts WHERE span = @span AND start < @before";

    /// <summary>Counts by hours where the span is short and not long ago, else by days.</summary>
    /// <param name="from">First moment, Unix seconds.</param>
    /// <param name="until">End.</param>
    /// <param name="now">Unix seconds.</param>
    /// <param name="cancellation">Gives up.</param>
    public Task<CountedSpan> CountAsync(long from, long until, long now, CancellationToken cancellation) =>
        CountAsync(until - from <= MostHours * VerificationCounts.Hour && from > HoursKeptFrom(now) ? VerificationCounts.Hour : VerificationCounts.Day, from, until, cancellation);

    /// <summary>Counts by hours or days.</summary>
    /// <param name="span">Seconds of a bucket.</param>
    /// <param name="from">First moment, Unix seconds; what is counted begins with its bucket.</param>
    /// <param name="until">End; what is counted ends with its bucket.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task<CountedSpan> CountAsync(int span, long from, long until, CancellationToken cancellation)
    {
        await spool.DrainedAsync(cancellation);
        var begin = VerificationCounts.Begin(span, from);
        var end = VerificationCounts.Begin(span, until + span - 1);

        // One state for both: while records come in, their sums must not differ.
        await using var reading = await database.OpenReadingAsync(cancellation);
        var values = new { span, from = begin, until = end };
        var times = await QueryAsync<TimeCount>(reading, ByTime, values, cancellation);
        return new CountedSpan(begin, end, span, times, await QueryAsync<Cell>(reading, ByCell, values, cancellation));
    }

    /// <summary>Forgets hours that are past keeping.</summary>
    /// <param name="transaction">The transaction.</param>
    /// <param name="now">Unix seconds.</param>
    public static Task ForgetAsync(DbTransaction transaction, long now) =>
        transaction.Connection!.ExecuteAsync(Forget, new { span = VerificationCounts.Hour, before = HoursKeptFrom(now) }, transaction);

    private static long HoursKeptFrom(long now) => VerificationCounts.Begin(VerificationCounts.Day, now) - (HoursKeptDays * (long)VerificationCounts.Day);

    private static async Task<List<T>> QueryAsync<T>(ReadingTransaction reading, string sql, object values, CancellationToken cancellation) =>
        (await reading.Connection.QueryAsync<T>(new CommandDefinition(sql, values, reading.Transaction, cancellationToken: cancellation))).AsList();
}
