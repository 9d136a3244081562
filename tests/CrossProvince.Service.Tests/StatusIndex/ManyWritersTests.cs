using System.Collections.Concurrent;
using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Status;
using CrossProvince.Service.Hosting;
using CrossProvince.Service.Licences;
using CrossProvince.Service.StatusIndex;
using CrossProvince.Service.StatusIndex.Auditing;
using CrossProvince.Service.Storage;
using CrossProvince.Service.Storage.Sealing;
using CrossProvince.Service.Tests.Backends;
using CrossProvince.Service.Tests.Licences;
using CrossProvince.Service.Tests.Nodes;
using Microsoft.Extensions.DependencyInjection;

namespace CrossProvince.Service.Tests.StatusIndex;

/// <summary>Many writers at two nodes of a region on one PostgreSQL: one sequence, and nothing that was answered is missing in it.</summary>
public sealed class ManyWritersTests
{
    private const int Writers = 8;
    private const int Rounds = 8;
    private const int Shared = 12;
    private static readonly RegionCode s_region = RegionCode.Parse("110000");
    private static readonly NormalisedStatus[] s_statuses = [NormalisedStatus.Suspended, NormalisedStatus.Valid, NormalisedStatus.Frozen, NormalisedStatus.Revoked];

    private readonly BuiltNode[] _nodes = new BuiltNode[2];

    [SetUp]
    public async Task BuildAsync()
    {
        _nodes[0] = BuiltNode.Build(Backend.PostgresWithRedis);
        _nodes[1] = BuiltNode.Build(Backend.PostgresWithRedis, beside: _nodes[0]);
        await Task.WhenAll(_nodes.Select(node => node.StartIndexAsync()));
    }

    [TearDown]
    public async Task DisposeAsync()
    {
        foreach (var node in _nodes)
        {
            await node.DisposeAsync();
        }
    }

    [Test]
    public async Task ChangeStatusesAsync_ManyWritersAtTwoNodes_IsOneSequenceWithAllThatWasAnswered()
    {
        var catalogue = _nodes[0].Services.GetRequiredService<NodeSettings>().Catalogue;
        LicenceRecord[] shared = [.. Enumerable.Range(0, Shared).Select(n => LicenceRecords.Make(catalogue, n))];
        await Register(0).ImportAsync(shared);
        var answered = new ConcurrentBag<(LicenceId Id, long Seq, NormalisedStatus Status)>();
        var imported = new ConcurrentBag<LicenceId>();

        var writing = Task.WhenAll(Enumerable.Range(1, Writers).Select(writer => Task.Run(async () =>
        {
            var (register, random) = (Register(writer % 2), new Random(writer));
            for (var round = 0; round < Rounds; round++)
            {
                LicenceRecord[] own = [.. Enumerable.Range(0, 4).Select(i => LicenceRecords.Make(catalogue, (writer * 1_000) + (round * 4) + i))];
                Assert.That((await register.ImportAsync(own)).Select(o => o.Outcome), Is.All.EqualTo(ImportOutcome.Created));
                Array.ForEach(own, record => imported.Add(record.Id));

                // The shared ones are never ended, so that every change of them is taken.
                StatusOrder[] orders =
                [
                    .. Enumerable.Range(0, 6).Select(_ => new StatusOrder(shared[random.Next(Shared)].Id, s_statuses[random.Next(3)], "shared")),
                    .. own.Select(record => new StatusOrder(record.Id, s_statuses[random.Next(4)], "own")),
                ];
                var outcomes = await register.ChangeStatusesAsync(orders, _ => true, CancellationToken.None);
                foreach (var (order, outcome) in orders.Zip(outcomes).Where(pair => pair.Second.Changed))
                {
                    answered.Add((order.Id, outcome.Seq, order.Status));
                }
            }
        })));

        // Whoever looks meanwhile sees one state, and one that agrees with itself.
        var audits = new List<StatusAuditReport>();
        while (!writing.IsCompleted)
        {
            audits.Add(await AuditAsync());
        }

        await writing;
        Assert.That(audits.Select(audit => audit.Difference), Is.All.Null);
        var report = await AuditAsync();
        await TestContext.Progress.WriteLineAsync($"{Writers} writers at two nodes: {report.Changes} changes, {imported.Count} licences and {answered.Count} changes answered, {audits.Count} audits meanwhile.");

        Assert.That(report.Difference, Is.Null);
        Assert.That((report.Licences, report.Entries), Is.EqualTo((imported.Count + Shared, imported.Count + Shared)));
        Assert.That(report.Changes, Is.EqualTo(imported.Count + Shared + answered.Count), "every change was answered once");
        Assert.That(answered.Select(a => a.Seq), Is.Unique);
        var changes = await ReadAsync();
        var places = await PlacesAsync();
        foreach (var (id, seq, status) in answered)
        {
            var change = changes[(int)seq - 1];
            Assert.That((places[id.ToString()], (change.Status, change.Reason)), Is.EqualTo(((change.List, change.Index), status.InIndex(0, 20_000))));
        }

        foreach (var node in _nodes)
        {
            var index = node.Services.GetRequiredService<LicenceIndex>().Find(s_region)!;
            await node.Services.GetRequiredService<OwnIndex>().WaitForAsync(report.Changes);
            Assert.That(Convert.ToHexString(index.ChainHash.Span), Is.EqualTo(Convert.ToHexString(await HashAsync())));
            Assert.That(
                changes.GroupBy(c => (c.List, c.Index)).Select(c => index.Find(c.Key.List, c.Key.Index)), Is.EqualTo(changes.GroupBy(c => (c.List, c.Index)).Select(c => c.Last().Entry)));
        }
    }

    private LicenceRegister Register(int node) => _nodes[node].Services.GetRequiredService<LicenceRegister>();

    private Task<StatusAuditReport> AuditAsync() => StatusAudit.RunAsync(_nodes[0].Arguments, [], CancellationToken.None);

    private async Task<List<StatusChange>> ReadAsync()
    {
        await using var connection = await _nodes[0].Services.GetRequiredService<Database>().OpenAsync(CancellationToken.None);
        return [.. (await StatusChangeReader.ReadAsync(connection, 1, 100_000)).Select(stored => stored.Change)];
    }

    private async Task<Dictionary<string, (int List, int Index)>> PlacesAsync()
    {
        await using var connection = await _nodes[0].Services.GetRequiredService<Database>().OpenAsync(CancellationToken.None);
        var keys = _nodes[0].Services.GetRequiredService<KeyRing>();
        var rows = await Dapper.SqlMapper.QueryAsync<LicenceRow>(connection, "SELECT licence_row AS licence_row_number, sealed, list_number, list_index FROM licences");
        return rows.ToDictionary(row => row.OpenPersonal(keys).LicenceId, row => ((int)row.ListNumber, (int)row.ListIndex));
    }

    private async Task<byte[]> HashAsync()
    {
        await using var connection = await _nodes[0].Services.GetRequiredService<Database>().OpenAsync(CancellationToken.None);
        return (await Dapper.SqlMapper.ExecuteScalarAsync<byte[]>(connection, "SELECT hash FROM status_chain"))!;
    }
}
