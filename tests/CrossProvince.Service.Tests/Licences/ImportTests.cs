using CrossProvince.Core.Status;
using CrossProvince.Service.Hosting;
using CrossProvince.Service.Licences;
using CrossProvince.Service.StatusIndex;
using CrossProvince.Service.StatusIndex.Auditing;
using CrossProvince.Service.Storage;
using CrossProvince.Service.Tests.Backends;
using CrossProvince.Service.Tests.Nodes;
using Microsoft.Extensions.DependencyInjection;

namespace CrossProvince.Service.Tests.Licences;

/// <summary>Batches of licences: whatever way lines are cut into batches, the same comes of them.</summary>
[TestFixture(false)]
[TestFixture(true)]
public sealed class ImportTests(bool postgres)
{
    private readonly List<BuiltNode> _nodes = [];

    [TearDown]
    public async Task DisposeAsync()
    {
        foreach (var node in _nodes)
        {
            await node.DisposeAsync();
        }

        _nodes.Clear();
    }

    // One line a batch is how each line meets all that came before it; every other way must come to the same.
    [Test]
    public async Task ImportAsync_SameLinesInAnyBatches_ComeToTheSame([Values(1, 2)] int seed)
    {
        var random = new Random(seed);
        var one = await StartAsync();
        var records = Lines(one, random);

        var expected = await ImportAsync(one, records.Chunk(1));
        foreach (var batches in (IEnumerable<LicenceRecord[]>[])[records.Chunk(records.Length), Cut(records, random)])
        {
            var other = await StartAsync();
            var found = await ImportAsync(other, batches);

            Assert.That(found.Outcomes, Is.EqualTo(expected.Outcomes));
            Assert.That(found.Changes, Is.EqualTo(expected.Changes));
            Assert.That(found.Licences, Is.EqualTo(expected.Licences));
            Assert.That((await AuditAsync(other)).Difference, Is.Null);
        }

        // Batches that wait together are written in one transaction, each as the one before it leaves the licences.
        var together = await StartAsync();
        var atOnce = await CommitTogetherAsync(together, Cut(records, random));
        var made = await ImportAsync(together, []);
        Assert.That(atOnce.SelectMany(batch => batch.Outcomes), Is.EqualTo(expected.Outcomes));
        Assert.That(made.Changes, Is.EqualTo(expected.Changes));
        Assert.That((await AuditAsync(together)).Difference, Is.Null);
        Assert.That((await AuditAsync(one)).Difference, Is.Null);
        foreach (var outcome in Enum.GetValues<ImportOutcome>())
        {
            Assert.That(expected.Outcomes.Count(o => o == (outcome, null)), Is.GreaterThan(5), $"{outcome} came");
        }

        Assert.That(expected.Outcomes.Select(o => o.Refusal).OfType<string>().Distinct().Count(), Is.EqualTo(2), "each refusal came");
        Assert.That(expected.Changes.Count(c => c.Reason == StatusReason.Replaced), Is.GreaterThan(5), "entries were left");
    }

    // More than the processor has lanes for, and more than one batch of tags.
    [Test]
    public async Task ImportAsync_ManyLicences_HaveTagsOfWhatTheyShow()
    {
        var node = await StartAsync();
        var catalogue = Catalogue(node);

        var outcomes = await Register(node).ImportAsync([.. Enumerable.Range(0, 333).Select(n => LicenceRecords.Make(catalogue, n))]);

        var report = await AuditAsync(node);
        Assert.That(outcomes, Is.All.EqualTo((ImportOutcome.Created, (string?)null)));
        Assert.That((report.Difference, report.Licences, report.Entries, report.Changes), Is.EqualTo(((StatusDifference?)null, 333L, 333L, 333L)));
    }

    [Test]
    public async Task ImportAsync_PartiesChanged_AreThoseOfTheLastLine()
    {
        var node = await StartAsync();
        var record = LicenceRecords.Make(Catalogue(node), 1);
        Party[] parties = [.. Enumerable.Range(2, 3).Select(n => LicenceRecords.Make(Catalogue(node), n).Holder)];
        await Register(node).ImportAsync([record with { Guardians = [parties[0], parties[1]], Agents = [parties[2]] }]);

        var outcome = (await Register(node).ImportAsync([record with { Guardians = [parties[1]], Agents = [parties[0]] }])).Single().Outcome;
        var again = (await Register(node).ImportAsync([record with { Guardians = [parties[1]], Agents = [parties[0]] }])).Single().Outcome;

        var stored = await FindAsync(node, record);
        Assert.That((outcome, again), Is.EqualTo((ImportOutcome.Updated, ImportOutcome.Unchanged)));
        Assert.That((stored.Record.Guardians, stored.Record.Agents), Is.EqualTo(((Party[])[parties[1]], (Party[])[parties[0]])));
    }

    [Test]
    public async Task ImportAsync_TwoImportersOfTheSameLines_CreateEachOnce()
    {
        var nodes = new[] { await StartAsync(), await StartAsync(beside: true) };
        LicenceRecord[] records = [.. Enumerable.Range(0, 400).Select(n => LicenceRecords.Make(Catalogue(nodes[0]), n))];

        // Each begins with what the other has last, so that they meet in the middle.
        var outcomes = await Task.WhenAll(nodes.Select((node, i) => Task.Run(async () =>
        {
            var made = new List<ImportOutcome>();
            foreach (var some in (i == 0 ? records : records.Reverse()).Chunk(37))
            {
                made.AddRange((await Register(node).ImportAsync(some)).Select(o => o.Outcome));
            }

            return made;
        })));

        var report = await AuditAsync(nodes[0]);
        Assert.That(outcomes.SelectMany(o => o).Count(o => o == ImportOutcome.Created), Is.EqualTo(400));
        Assert.That(outcomes.SelectMany(o => o).Count(o => o == ImportOutcome.Unchanged), Is.EqualTo(400));
        Assert.That((report.Difference, report.Licences, report.Changes), Is.EqualTo(((StatusDifference?)null, 400L, 400L)));
    }

    // One transaction takes what waits; only what is at fault is left out.
    [Test]
    public async Task CommitAsync_OneOfSeveralBatchesFails_OthersAreMadeAndWhatFollowsItIsNot()
    {
        var node = await StartAsync();
        var register = Register(node);
        LicenceRecord Some(int n) => LicenceRecords.Make(Catalogue(node), n);
        Task<ImportedBatch>[] commits;
        await using (await HoldWriterAsync(node))
        {
            var good = register.CommitAsync([Some(1)], null, CancellationToken.None);
            var bad = register.CommitAsync([Some(2) with { Number = null! }], good, CancellationToken.None);
            var after = register.CommitAsync([Some(3)], bad, CancellationToken.None);
            var another = register.CommitAsync([Some(4)], null, CancellationToken.None);
            commits = [good, bad, after, another];
        }

        Assert.That(async () => await commits[1], Throws.InstanceOf<NullReferenceException>());
        Assert.That(async () => await commits[2], Throws.InstanceOf<NullReferenceException>());
        Assert.That((await Task.WhenAll(commits[0], commits[3])).SelectMany(batch => batch.Outcomes), Is.All.EqualTo((ImportOutcome.Created, (string?)null)));
        var report = await AuditAsync(node);
        Assert.That((report.Difference, report.Licences), Is.EqualTo(((StatusDifference?)null, 2L)));
    }

    [Test]
    public async Task CommitAsync_CallerIsGoneBeforeItsTurn_IsNotMade()
    {
        var node = await StartAsync();
        using var gone = new CancellationTokenSource();
        Task<ImportedBatch> stays, given;
        await using (await HoldWriterAsync(node))
        {
            // The first has its turn already, and waits for the writer there.
            stays = Register(node).CommitAsync([LicenceRecords.Make(Catalogue(node), 1)], null, CancellationToken.None);
            given = Register(node).CommitAsync([LicenceRecords.Make(Catalogue(node), 2)], null, gone.Token);
            await gone.CancelAsync();
        }

        Assert.That(async () => await given, Throws.InstanceOf<OperationCanceledException>());
        Assert.That((await stays).LastSeq, Is.EqualTo(1));
    }

    // However much is being imported at a node, a change of status stands behind the batch that is being written and the next one, and behind no other.
    [Test]
    public async Task ChangeStatusesAsync_ManyImportsWaiting_GoesBeforeThem()
    {
        const int Lines = 50;
        var node = await StartAsync();
        var (catalogue, register) = (Catalogue(node), Register(node));
        var licence = LicenceRecords.Make(catalogue, 0);
        await register.ImportAsync([licence]);
        var writer = await HoldWriterAsync(node);
        var imports = Enumerable.Range(0, 8).Select(i => register.ImportAsync([.. Enumerable.Range(1 + (i * Lines), Lines).Select(n => LicenceRecords.Make(catalogue, n))])).ToList();

        var change = register.ChangeStatusesAsync([new StatusOrder(licence.Id, NormalisedStatus.Revoked, "test")], _ => true, CancellationToken.None);
        await writer.DisposeAsync();

        Assert.That((await change).Single().Seq, Is.LessThanOrEqualTo(1 + (2 * Lines) + 1));
        await Task.WhenAll(imports);
        Assert.That((await AuditAsync(node)).Changes, Is.EqualTo(2 + (8 * Lines)));
    }

    /// <summary>Commits batches that all wait for the writer.</summary>
    private static async Task<ImportedBatch[]> CommitTogetherAsync(BuiltNode node, IEnumerable<LicenceRecord[]> batches)
    {
        var commits = new List<Task<ImportedBatch>>();
        await using (await HoldWriterAsync(node))
        {
            foreach (var batch in batches)
            {
                commits.Add(Register(node).CommitAsync(batch, commits.LastOrDefault(), CancellationToken.None));
            }
        }

        return await Task.WhenAll(commits);
    }

    private static async Task<IAsyncDisposable> HoldWriterAsync(BuiltNode node)
    {
        var writer = new HeldWriter();
        writer.Work = node.Services.GetRequiredService<GroupCommit>().RunAsync(async _ =>
        {
            writer.Entered.SetResult();
            await writer.Released.Task;
        });
        await writer.Entered.Task;
        return writer;
    }

    private sealed class HeldWriter : IAsyncDisposable
    {
        public TaskCompletionSource Entered { get; } = new();

        public TaskCompletionSource Released { get; } = new();

        public Task Work { get; set; } = Task.CompletedTask;

        public async ValueTask DisposeAsync()
        {
            Released.SetResult();
            await Work;
        }
    }

    private async Task<BuiltNode> StartAsync(bool beside = false)
    {
        var node = BuiltNode.Build(postgres ? Backend.Postgres : Backend.Sqlite, beside ? _nodes[0] : null);
        _nodes.Add(node);
        await node.StartIndexAsync();
        return node;
    }

    private static LicenceRegister Register(BuiltNode node) => node.Services.GetRequiredService<LicenceRegister>();

    private static Core.Catalogue.LicenceCatalogue Catalogue(BuiltNode node) => node.Services.GetRequiredService<NodeSettings>().Catalogue;

    private static Task<StatusAuditReport> AuditAsync(BuiltNode node) => StatusAudit.RunAsync(node.Arguments, [], CancellationToken.None);

    private static async Task<StoredLicence> FindAsync(BuiltNode node, LicenceRecord record)
    {
        await using var connection = await node.Services.GetRequiredService<Database>().OpenAsync(CancellationToken.None);
        return (await node.Services.GetRequiredService<LicenceStore>().FindAsync(connection, record.Id.ToString()))!;
    }

    /// <summary>Lines about few licences, so that they meet again and again: other names, other statuses, other fields, now and then another number.</summary>
    private static LicenceRecord[] Lines(BuiltNode node, Random random)
    {
        NormalisedStatus[] statuses = [NormalisedStatus.Valid, NormalisedStatus.Valid, NormalisedStatus.Suspended, NormalisedStatus.Frozen, NormalisedStatus.Unknown, NormalisedStatus.Revoked];
        return
        [
            .. Enumerable.Range(0, 120).Select(_ =>
            {
                var record = LicenceRecords.Make(Catalogue(node), random.Next(40), random.Next(3) == 0 ? "李小明" : "王小明");
                record = random.Next(2) == 0 ? record : record with { Status = statuses[random.Next(statuses.Length)] };
                record = random.Next(4) == 0 ? record with { Fields = new SortedDictionary<string, string> { ["sex"] = "女" } } : record;
                return random.Next(10) == 0 ? record with { Number = "another" } : record;
            }),
        ];
    }

    private static IEnumerable<LicenceRecord[]> Cut(LicenceRecord[] records, Random random)
    {
        for (var rest = records.AsEnumerable(); rest.Any();)
        {
            var count = random.Next(1, 30);
            yield return [.. rest.Take(count)];
            rest = rest.Skip(count);
        }
    }

    private static async Task<Result> ImportAsync(BuiltNode node, IEnumerable<LicenceRecord[]> batches)
    {
        var outcomes = new List<(ImportOutcome Outcome, string? Refusal)>();
        var records = new Dictionary<string, LicenceRecord>();
        foreach (var batch in batches)
        {
            outcomes.AddRange(await Register(node).ImportAsync(batch));
            Array.ForEach(batch, record => records[record.Id.ToString()] = record);
        }

        await using var connection = await node.Services.GetRequiredService<Database>().OpenAsync(CancellationToken.None);
        var changes = await StatusChangeReader.ReadAsync(connection, 1, 10_000);
        var licences = new List<(string, string, string, string, LicenceStatus, StatusReason, long)>();
        foreach (var record in records.OrderBy(r => r.Key, StringComparer.Ordinal).Select(r => r.Value))
        {
            if (await FindAsync(node, record) is { } stored)
            {
                licences.Add((stored.Record.Id.ToString(), stored.Record.Holder.Name, stored.Record.Fields["sex"], stored.Record.Display.Name, stored.Status, stored.Reason, stored.LastSeq));
            }
        }

        return new Result(outcomes, [.. changes.Select(c => (c.Change.Seq, c.Change.Status, c.Change.Reason))], licences);
    }

    private sealed record Result(
        List<(ImportOutcome Outcome, string? Refusal)> Outcomes,
        List<(long Seq, LicenceStatus Status, StatusReason Reason)> Changes,
        List<(string, string, string, string, LicenceStatus, StatusReason, long)> Licences);
}
