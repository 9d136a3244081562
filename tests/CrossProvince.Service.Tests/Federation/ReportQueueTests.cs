using CrossProvince.Core.Identifiers;
using CrossProvince.Service.Federation.Reporting;
using CrossProvince.Service.Recording;
using CrossProvince.Service.Storage;
using CrossProvince.Service.Tests.Backends;
using CrossProvince.Service.Tests.Recording;
using CrossProvince.Service.Tests.Storage;
using CrossProvince.Service.Verifying;

namespace CrossProvince.Service.Tests.Federation;

/// <summary>What waits to be reported: what was recorded, whenever its record came, until it is acknowledged.</summary>
[TestFixtureSource(typeof(EveryBackend), nameof(EveryBackend.All))]
public sealed class ReportQueueTests(Backend backend) : StorageFixture(backend)
{
    private static readonly RegionCode s_tianjin = new(120_000);
    private static readonly RegionCode s_hebei = new(130_000);
    private static readonly TimeSpan s_lease = TimeSpan.FromMinutes(1);

    private ReportQueue Queue => new(Database, Commits);

    [Test]
    public async Task ReadAsync_RecordsOfAllKinds_GivesOwnScansOfThatRegionsCodes()
    {
        await RecordAsync(
            TestRecords.Make(3),
            TestRecords.Make(1),
            TestRecords.Make(2) with { IssuingRegion = s_hebei.Value },
            TestRecords.Make(4) with { IssuingRegion = TestRecords.Region.Value },
            TestRecords.Make(5) with { IssuingRegion = 0 },
            TestRecords.Make(6) with { IssuingRegion = TestRecords.Region.Value, VerifierRegion = s_tianjin.Value },
            TestRecords.Make(7) with { VerifierRegion = s_hebei.Value });

        var batch = await Queue.ReadAsync(s_tianjin, 10, CancellationToken.None);

        Assert.That(Ids(batch), Is.EqualTo(new[] { TestRecords.Id(3), TestRecords.Id(1) }));
        var (use, record) = (batch.Uses.Single(u => u.VerificationId == TestRecords.Id(1)), TestRecords.Make(1));
        Assert.That((use.Time, use.Caller, use.OnBehalfOf, use.TerminalId, use.Scenario, use.Verdict), Is.EqualTo((record.Time, record.Caller, record.OnBehalfOf, record.TerminalId, (long)record.Scenario, (long)record.Verdict)));
        Assert.That((use.ListNumber, use.ListIndex, use.Showing, use.CodeNumber, use.Presenter), Is.EqualTo(((long)record.ListNumber, (long)record.ListIndex, record.Showing, (long)record.CodeNumber, (long)record.Presenter)));
        Assert.That((use.Repeated, use.Mode, use.Disclosed), Is.EqualTo((record.Repeated, (long)record.Mode, record.Disclosed)));
        Assert.That(Ids(await Queue.ReadAsync(s_hebei, 10, CancellationToken.None)), Is.EqualTo(new[] { TestRecords.Id(2) }));
    }

    /// <summary>A node that was cut off from the database drains its spool later: what is older than what was acknowledged is reported all the same.</summary>
    [Test]
    public async Task AcknowledgeAsync_OlderRecordsComeLater_AreNotForgotten()
    {
        await Queue.TryTakeAsync(s_tianjin, "a", s_lease, CancellationToken.None);
        await RecordAsync(TestRecords.Make(10), TestRecords.Make(20));
        var first = await Queue.ReadAsync(s_tianjin, 10, CancellationToken.None);
        await RecordAsync(TestRecords.Make(5), TestRecords.Make(15));

        await Queue.AcknowledgeAsync(s_tianjin, first, 1);

        var next = await Queue.ReadAsync(s_tianjin, 10, CancellationToken.None);
        Assert.That(Ids(next), Is.EqualTo(new[] { TestRecords.Id(5), TestRecords.Id(15) }));
        Assert.That(await ScalarAsync<long>("SELECT acknowledged FROM report_senders"), Is.EqualTo(2));
    }

    /// <summary>After a crash between the commit and the moved cursor a spool writes records again: what was acknowledged meanwhile does not come again.</summary>
    [Test]
    public async Task AcknowledgeAsync_SameRecordsAreDrainedAgain_StayAcknowledged()
    {
        VerificationRecord[] records = [.. TestRecords.Make(1, 3)];
        await RecordAsync(records);
        await Queue.AcknowledgeAsync(s_tianjin, await Queue.ReadAsync(s_tianjin, 10, CancellationToken.None), 1);

        await RecordAsync([.. records, TestRecords.Make(9)]);

        Assert.That(Ids(await Queue.ReadAsync(s_tianjin, 10, CancellationToken.None)), Is.EqualTo(new[] { TestRecords.Id(9) }));
    }

    [Test]
    public async Task CountAsync_SomeWait_TellsHowManyAndSinceWhen()
    {
        await RecordAsync([.. TestRecords.Make(1, 5)]);

        Assert.That(await Queue.CountAsync(s_tianjin, 100, CancellationToken.None), Is.EqualTo((5L, TestRecords.Begin + 1)));
        Assert.That(await Queue.CountAsync(s_tianjin, 3, CancellationToken.None), Is.EqualTo((3L, TestRecords.Begin + 1)));
        Assert.That(await Queue.CountAsync(s_hebei, 3, CancellationToken.None), Is.EqualTo((0L, 0L)));
        Assert.That((await Queue.AnyAsync(s_tianjin, CancellationToken.None), await Queue.AnyAsync(s_hebei, CancellationToken.None)), Is.EqualTo((true, false)));
    }

    [Test]
    public async Task TryTakeAsync_AnotherNodeReports_IsNotForThisOne()
    {
        Assert.That(await Queue.TryTakeAsync(s_tianjin, "a", s_lease, CancellationToken.None), Is.True);

        Assert.That(await Queue.TryTakeAsync(s_tianjin, "b", s_lease, CancellationToken.None), Is.False);
        Assert.That(await Queue.TryTakeAsync(s_tianjin, "a", s_lease, CancellationToken.None), Is.True, "again");
        Assert.That(await Queue.TryTakeAsync(s_hebei, "b", s_lease, CancellationToken.None), Is.True, "another region");
        await Queue.ReleaseAsync(s_tianjin, "b", CancellationToken.None);
        Assert.That(await Queue.TryTakeAsync(s_tianjin, "b", s_lease, CancellationToken.None), Is.False, "not its to release");
        await Queue.ReleaseAsync(s_tianjin, "a", CancellationToken.None);
        Assert.That(await Queue.TryTakeAsync(s_tianjin, "b", s_lease, CancellationToken.None), Is.True);
    }

    [Test]
    public async Task TryTakeAsync_OtherNodeHasDied_IsForThisOneOnceTheLeaseEnds()
    {
        await Queue.TryTakeAsync(s_tianjin, "a", TimeSpan.FromMinutes(-1), CancellationToken.None);

        Assert.That(await Queue.TryTakeAsync(s_tianjin, "b", s_lease, CancellationToken.None), Is.True);
    }

    [Test]
    public async Task ForgetAsync_SomeAreOld_OnlyTheyAreGone()
    {
        await RecordAsync([.. TestRecords.Make(1, 2)]);
        await RecordAsync([.. TestRecords.Make(2, 3).Skip(1)]);

        await Queue.ForgetAsync(TestRecords.Begin + 3);

        Assert.That(Ids(await Queue.ReadAsync(s_tianjin, 10, CancellationToken.None)), Is.EqualTo(new[] { TestRecords.Id(3), TestRecords.Id(4) }));
    }

    /// <summary>However many rows they lie in: many are read at once, and never so many that a call could not hold them.</summary>
    [Test]
    public async Task ReadAsync_RowsOfManyAndOfFew_GivesAboutAsManyAsAskedFor()
    {
        for (var n = 1; n <= 5; n++)
        {
            await RecordAsync(TestRecords.Make(n));
        }

        await RecordAsync([.. TestRecords.Make(10, UseBlock.MostUses + 7)]);

        var first = await Queue.ReadAsync(s_tianjin, 6, CancellationToken.None);
        Assert.That((first.Keys.Count, first.Uses.Count), Is.EqualTo((6, 5 + UseBlock.MostUses)));
        await Queue.AcknowledgeAsync(s_tianjin, first, 1);
        var second = await Queue.ReadAsync(s_tianjin, 6, CancellationToken.None);
        Assert.That((second.Keys.Count, second.Uses.Count, second.Uses[0].VerificationId), Is.EqualTo((1, 7, TestRecords.Id(10 + UseBlock.MostUses))));
        await Queue.AcknowledgeAsync(s_tianjin, second, 1);
        Assert.That(await Queue.AnyAsync(s_tianjin, CancellationToken.None), Is.False);
        Assert.That(await ScalarAsync<long>("SELECT COUNT(*) FROM owed_uses"), Is.Zero);
    }

    /// <summary>A program of before migration 0014 wrote a row a use, without its content; also what other regions' nodes asked, and uses of own codes.</summary>
    [Test]
    public async Task MoveAsync_EarlierProgramsNotes_AreOwedOnce()
    {
        await RecordAsync(TestRecords.Make(1), TestRecords.Make(2) with { IssuingRegion = s_hebei.Value }, TestRecords.Make(3), TestRecords.Make(4) with { VerifierRegion = s_hebei.Value });
        await ExecuteAsync("""
            DELETE FROM owed_uses;
            INSERT INTO unreported_uses (issuing_region, time, verification_id)
            SELECT issuing_region, time, verification_id FROM verifications UNION SELECT 110000, 9, 'own' UNION SELECT 120000, 9, 'past the retention policy';
            """);
        var earlier = new EarlierUses(Database, Commits, TestRecords.Region);

        await Task.WhenAll(earlier.MoveAsync(CancellationToken.None), earlier.MoveAsync(CancellationToken.None));

        Assert.That(await ScalarAsync<long>("SELECT COUNT(*) FROM unreported_uses"), Is.Zero);
        var batch = await Queue.ReadAsync(s_tianjin, 10, CancellationToken.None);
        Assert.That(Ids(batch), Is.EquivalentTo(new[] { TestRecords.Id(1), TestRecords.Id(3) }));
        Assert.That(batch.Uses.Single(use => use.VerificationId == TestRecords.Id(3)).TerminalId, Is.EqualTo(TestRecords.Make(3).TerminalId));
        Assert.That(Ids(await Queue.ReadAsync(s_hebei, 10, CancellationToken.None)), Is.EqualTo(new[] { TestRecords.Id(2) }));
        Assert.That(await Queue.AnyAsync(TestRecords.Region, CancellationToken.None), Is.False);
    }

    private static IEnumerable<string> Ids(UnreportedBatch batch) => batch.Uses.Select(use => use.VerificationId);

    private async Task RecordAsync(params VerificationRecord[] records)
    {
        var batch = new RecordBatch.Builder(records.Length);
        foreach (var record in records)
        {
            var bytes = new byte[RecordFormat.Bound(record)];
            batch.Add(bytes.AsSpan(0, RecordFormat.Write(bytes, record)));
        }

        IVerificationTable table = Database.File is null ? new CopyingTable(Database, TestRecords.Region, new RecordedRequests(Database, TimeProvider.System)) : new InsertingTable(Database, TestRecords.Region, new RecordedRequests(Database, TimeProvider.System), Commits);
        await table.WriteAsync(batch.Build(), CancellationToken.None);
    }
}
