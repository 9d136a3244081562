using System.Diagnostics;
using System.Diagnostics.Metrics;
using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Verification;
using CrossProvince.LoadTest.Nodes;
using CrossProvince.LoadTest.Running;
using CrossProvince.Service.Federation.Reporting;
using CrossProvince.Service.Recording;
using CrossProvince.Service.Storage;
using CrossProvince.Service.Verifying;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace CrossProvince.LoadTest.Ceilings;

/// <summary>Records, and how many a second.</summary>
/// <param name="Count">How many there were.</param>
/// <param name="Appended">Durable in the spool, while it is drained into the database.</param>
/// <param name="Stored">Durable in the database, the time counted in which the rest is drained.</param>
internal readonly record struct RecordRates(long Count, double Appended, double Stored);

/// <summary>How many records of verifications a second the node's own code makes durable, when nothing else happens: in its spool first, from there in PostgreSQL.</summary>
internal sealed class RecordsCeiling : IAsyncDisposable
{
    /// <summary>Records of one append.</summary>
    public const int Batch = 100;

    private const int InFlight = 8;

    /// <summary>Uses of one report.</summary>
    private const int AtOnce = 2_000;

    // As in the load: another region's codes, so that each record is owed to that region.
    private static readonly RegionCode s_region = new(120_000);
    private static readonly RegionCode s_issuing = new(110_000);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("crossprovince-spool-");
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly Database _database;
    private readonly GroupCommit _commits;
    private readonly VerificationSpool _spool;

    private RecordsCeiling(Database database)
    {
        _database = database;
        _commits = new GroupCommit(database, NullLogger<GroupCommit>.Instance);
        _spool = new VerificationSpool(
            new RecordingOptions(), _folder.FullName, s_region, database, _commits, TimeProvider.System, new RecordingMetrics(_services.GetRequiredService<IMeterFactory>()), NullLogger<VerificationSpool>.Instance);
        _spool.Prepare();
    }

    /// <summary>Makes a database of its own on the server that was given, and a spool.</summary>
    public static async Task<RecordsCeiling> PrepareAsync(string connectionString, CancellationToken cancellation)
    {
        var database = new Database(await SideDatabase.CreateAsync(connectionString, "records", cancellation));
        database.Prepare();
        OwnEntries.Prepare(database, s_region);
        return new RecordsCeiling(database);
    }

    /// <summary>Records for so long, as fast as the spool takes it, then waits until all of it is in the database.</summary>
    public Task<RecordRates> MeasureAsync(TimeSpan longest, CancellationToken cancellation) =>
        MeasureAsync(() => Pacing.ClosedAsync(_ => AppendAsync(cancellation), InFlight, int.MaxValue, longest, cancellation), cancellation);

    /// <summary>Records so many a second for so long, then waits until all of it is in the database.</summary>
    public Task<RecordRates> MeasureAsync(double perSecond, TimeSpan longest, CancellationToken cancellation) =>
        MeasureAsync(() => Pacing.OpenAsync(_ => AppendAsync(cancellation), perSecond / Batch, int.MaxValue, longest, cancellation), cancellation);

    /// <summary>Reads back what is owed to the issuing region, as who reports it does, and has it acknowledged.</summary>
    /// <returns>How many uses.</returns>
    public async Task<long> AcknowledgeAsync(CancellationToken cancellation)
    {
        var queue = new ReportQueue(_database, _commits);
        var told = 0L;
        while (await queue.ReadAsync(s_issuing, AtOnce, cancellation) is { Uses.Count: > 0 } batch)
        {
            await queue.AcknowledgeAsync(s_issuing, batch, DateTimeOffset.UtcNow.ToUnixTimeMilliseconds());
            told += batch.Uses.Count;
        }

        return told;
    }

    private async Task<RecordRates> MeasureAsync(Func<Task<Timings>> append, CancellationToken cancellation)
    {
        var start = Stopwatch.GetTimestamp();
        var timings = await append();
        while (_spool.Backlog > 0)
        {
            await _spool.DrainedAsync(cancellation);
        }

        return new RecordRates(timings.Calls * Batch, timings.PerSecond * Batch, timings.Calls * Batch / Stopwatch.GetElapsedTime(start).TotalSeconds);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _spool.DisposeAsync();
        await _commits.DisposeAsync();
        await _database.DisposeAsync();
        await _services.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    private Task AppendAsync(CancellationToken cancellation)
    {
        var records = new VerificationRecord[Batch];
        for (var i = 0; i < records.Length; i++)
        {
            records[i] = Some();
        }

        return _spool.AppendAsync(records, cancellation);
    }

    /// <summary>A record as long as those of the load.</summary>
    private static VerificationRecord Some() => new()
    {
        VerificationId = Guid.CreateVersion7().ToString("N"),
        Time = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds(),
        Caller = "urn:crossprovince:120000:verifier:91120000000000000X",
        OnBehalfOf = "",
        VerifierRegion = s_region.Value,
        TerminalId = "load",
        MatterCode = "",
        CaseNumber = "",
        RequestId = Guid.NewGuid().ToString("N"),
        RequestDigest = Guid.NewGuid().ToByteArray(),
        Verdict = Verdict.Valid,
        Reason = UndeterminedReason.None,
        Scenario = 1,
        IssuingRegion = s_issuing.Value,
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
