using System.Data.Common;
using CrossProvince.Core.Status;
using CrossProvince.Service.StatusIndex;
using CrossProvince.Service.Storage;
using CrossProvince.Service.Tests.Backends;
using CrossProvince.Service.Tests.Storage;
using Microsoft.Extensions.Logging.Abstractions;

namespace CrossProvince.Service.Tests.StatusIndex;

[TestFixtureSource(typeof(EveryBackend), nameof(EveryBackend.All))]
public sealed class StatusChainWriterTests(Backend backend) : StorageFixture(backend)
{
    private static readonly EntryTag s_tag = new(0x0102030405060708);

    [Test]
    public async Task AppendAsync_SeveralTransactions_IsGaplessAndChained()
    {
        await AppendAsync(1_000, 1_001);
        await AppendAsync(1_002);

        var stored = await ReadAsync();
        Assert.That(stored.Select(s => s.Change.Seq), Is.EqualTo(new long[] { 1, 2, 3 }));
        var hash = StatusChange.GenesisHash.ToArray();
        foreach (var (change, storedHash) in stored)
        {
            hash = change.NextHash(hash);
            Assert.That(storedHash, Is.EqualTo(hash));
        }
    }

    [Test]
    public async Task AppendAsync_ClockRunsBackwards_KeepsTheLaterTime()
    {
        await AppendAsync(2_000, 1_000);
        await AppendAsync(500, 3_000);

        Assert.That((await ReadAsync()).Select(s => s.Change.TimeMs), Is.EqualTo(new long[] { 2_000, 2_000, 2_000, 3_000 }));
    }

    [Test]
    public async Task AppendAsync_WorkFails_LeavesNoGap()
    {
        await AppendAsync(1_000);
        Assert.That(
            async () => await Commits.RunAsync(async transaction =>
            {
                await AppendAsync(transaction, [2_000, 2_001]);
                throw new InvalidOperationException();
            }),
            Throws.InvalidOperationException);
        await AppendAsync(3_000);

        Assert.That((await ReadAsync()).Select(s => (s.Change.Seq, s.Change.TimeMs)), Is.EqualTo(new[] { (1L, 1_000L), (2L, 3_000L) }));
    }

    [Test]
    public async Task AppendAsync_TwoNodesAtOnce_IsOneChain()
    {
        const int Each = 40;
        await using var otherDatabase = new Database(ConnectionString);
        await using var other = new GroupCommit(otherDatabase, NullLogger<GroupCommit>.Instance);

        await Task.WhenAll(new[] { Commits, other }.Select(node => Task.Run(async () =>
        {
            for (var i = 0; i < Each; i++)
            {
                await node.RunAsync(transaction => AppendAsync(transaction, [i, i]));
            }
        })));

        await using var connection = await Database.OpenAsync(CancellationToken.None);
        var hash = StatusChange.GenesisHash.ToArray();
        var stored = await StatusChangeReader.ReadAsync(connection, 1, Each * 5);
        Assert.That(stored.Select(s => s.Change.Seq), Is.EqualTo(Enumerable.Range(1, Each * 4)));
        Assert.That(stored.All(s => s.Hash.SequenceEqual(hash = s.Change.NextHash(hash))), Is.True);
    }

    [Test]
    public async Task CloseAsync_NothingAppended_ChangesNothing()
    {
        await AppendAsync(1_000);
        await AppendAsync();

        await using var connection = await Database.OpenAsync(CancellationToken.None);
        Assert.That(await StatusChangeReader.ReadLastSeqAsync(connection), Is.EqualTo(1));
    }

    [Test]
    public async Task ReadAsync_FromTheMiddle_IsBounded()
    {
        await AppendAsync(1, 2, 3, 4, 5);

        await using var connection = await Database.OpenAsync(CancellationToken.None);
        Assert.That((await StatusChangeReader.ReadAsync(connection, 2, 3)).Select(s => s.Change.Seq), Is.EqualTo(new long[] { 2, 3, 4 }));
        Assert.That(await StatusChangeReader.ReadAsync(connection, 6, 3), Is.Empty);
    }

    private static async Task AppendAsync(DbTransaction transaction, long[] times)
    {
        var chain = await StatusChainWriter.OpenAsync(transaction);
        foreach (var time in times)
        {
            chain.Append(time, 0, (int)chain.Seq, LicenceStatus.Suspended, s_tag, StatusReason.Suspended);
        }

        await chain.CloseAsync();
    }

    private Task AppendAsync(params long[] times) => Commits.RunAsync(transaction => AppendAsync(transaction, times));

    private async Task<IReadOnlyList<StoredChange>> ReadAsync()
    {
        await using var connection = await Database.OpenAsync(CancellationToken.None);
        return await StatusChangeReader.ReadAsync(connection, 1, 100);
    }
}
