using CrossProvince.Core.Verification;
using CrossProvince.LoadTest.Nodes;
using CrossProvince.LoadTest.Running;
using CrossProvince.Service.Storage;
using CrossProvince.Service.Verifying;
using CrossProvince.Targets;
using Microsoft.Extensions.Logging.Abstractions;

namespace CrossProvince.LoadTest.Ceilings;

/// <summary>Records a second.</summary>
/// <param name="Appended">Acknowledged as durable.</param>
/// <param name="Stored">Brought into the database, the backlog at the end included.</param>
internal readonly record struct RecordRates(double Appended, double Stored);

/// <summary>How many records of verifications a second the node's own code makes durable, when nothing else happens.</summary>
internal sealed class RecordsCeiling : IAsyncDisposable
{
    private const int Batch = 100;
    private const int InFlight = 8;

    private readonly Database _database;
    private readonly GroupCommit _commits;

    private RecordsCeiling(Database database)
    {
        _database = database;
        _commits = new GroupCommit(database, NullLogger<GroupCommit>.Instance);
    }

    public static Words AppendedName { get; } = new("records into PostgreSQL", "写入 PostgreSQL 的核验记录");

    /// <summary>Makes a database of its own on the server that was given.</summary>
    public static async Task<RecordsCeiling> PrepareAsync(string connectionString, CancellationToken cancellation)
    {
        var database = new Database(await SideDatabase.CreateAsync(connectionString, "records", cancellation));
        database.Prepare();
        return new RecordsCeiling(database);
    }

    /// <summary>Records for so long, then waits until all of it is in the database.</summary>
    public async Task<RecordRates> MeasureAsync(TimeSpan longest, CancellationToken cancellation)
    {
        var timings = await Pacing.ClosedAsync(_ => AppendAsync(), InFlight, int.MaxValue, longest, cancellation);
        return new RecordRates(timings.PerSecond * Batch, timings.PerSecond * Batch);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _commits.DisposeAsync();
        await _database.DisposeAsync();
    }

    private Task AppendAsync()
    {
        var records = Enumerable.Range(0, Batch).Select(_ => Some()).ToArray();
        return _commits.RunAsync(async transaction =>
        {
            foreach (var record in records)
            {
                await VerificationStore.InsertAsync(transaction, record);
            }
        });
    }

    /// <summary>A record as long as those of the load.</summary>
    private static VerificationRecord Some() => new()
    {
        VerificationId = Guid.CreateVersion7().ToString("N"),
        Time = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds(),
        Caller = "urn:crossprovince:120000:verifier:91120000000000000X",
        OnBehalfOf = "",
        VerifierRegion = 120000,
        TerminalId = "load",
        MatterCode = "",
        CaseNumber = "",
        RequestId = Guid.NewGuid().ToString("N"),
        RequestDigest = Guid.NewGuid().ToByteArray(),
        Verdict = Verdict.Valid,
        Reason = UndeterminedReason.None,
        Scenario = 1,
        IssuingRegion = 110000,
        TypeNumber = 1,
        ListNumber = 3,
        ListIndex = Random.Shared.Next(1 << 20),
        Showing = Random.Shared.NextInt64(1L << 48),
        CodeNumber = 1,
        Presenter = 0,
        StatusAsOf = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds(),
        TrustVersion = 1,
        TrustStale = false,
        Mode = 1,
    };
}
