using CrossProvince.Contracts.Federation.V1;
using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Signatures;
using CrossProvince.Core.Status;
using CrossProvince.Service.Identity;
using CrossProvince.Service.StatusIndex;
using CrossProvince.Service.Tests.Nodes;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;

namespace CrossProvince.Service.Tests.StatusIndex;

public sealed class StatusWatchesTests
{
    private static readonly RegionCode s_region = RegionCode.Parse("110000");
    private static readonly Caller s_tianjin = new() { Role = CallerRole.Node, Region = RegionCode.Parse("120000") };

    private BuiltNode _node = null!;
    private StatusFeed _feed = null!;
    private long _seq;

    [SetUp]
    public void Build()
    {
        _node = BuiltNode.Build([]);
        (_feed, _seq) = (_node.Services.GetRequiredService<StatusFeed>(), 0);
        Publish(1);
    }

    [TearDown]
    public async Task DisposeAsync() => await _node.DisposeAsync();

    // A partner that takes nothing holds one message, whatever happens, and slows nobody; when it comes back it is sent for chunks.
    [Test]
    public async Task Watch_OneTakesNothing_OthersGetEverythingAndItIsSentForChunks()
    {
        using var test = new CancellationTokenSource(TimeSpan.FromMinutes(5));
        var (stuck, quick) = (new Reader { IsStuck = true }, new Reader());
        var watches = _node.Services.GetRequiredService<StatusWatches>();
        var (slow, fast) = (watches.WatchAsync(Watch(), stuck, () => s_tianjin, test.Token), watches.WatchAsync(Watch(), quick, () => s_tianjin, test.Token));
        for (var i = 0; i < 8; i++)
        {
            Publish(StatusFeedDocument.MaxChanges);
            var batches = i + 1;
            Assert.That(() => quick.Batches, Is.EqualTo(batches).After(60_000, 5));
        }

        Assert.That(stuck.Messages, Is.EqualTo(1), "the one on its way");
        stuck.Release();
        Assert.That((await EndOfAsync(slow)).StatusCode, Is.EqualTo(StatusCode.OutOfRange));
        Assert.That(fast.IsCompleted, Is.False);
        Assert.That(watches.Open().Single(), Is.EqualTo((s_tianjin.Region, 1)));
        await test.CancelAsync();
        Assert.That(async () => await fast, Throws.InstanceOf<OperationCanceledException>());
    }

    [Test]
    public async Task Watch_CallerIsRefusedMeanwhile_GetsNothingMore()
    {
        using var test = new CancellationTokenSource(TimeSpan.FromMinutes(5));
        var (reader, isRefused) = (new Reader(), false);
        var watch = _node.Services.GetRequiredService<StatusWatches>().WatchAsync(
            Watch(), reader, () => isRefused ? throw new RpcException(new Status(StatusCode.Unauthenticated, "revoked")) : s_tianjin, test.Token);
        Assert.That(() => reader.Messages, Is.EqualTo(1).After(60_000, 5));
        isRefused = true;
        Publish(1);

        Assert.That((await EndOfAsync(watch)).StatusCode, Is.EqualTo(StatusCode.Unauthenticated));
        Assert.That(reader.Messages, Is.EqualTo(1));
    }

    private static WatchStatusRequest Watch() => new() { Region = "110000", FromSeq = 2 };

    private static async Task<RpcException> EndOfAsync(Task watch)
    {
        try
        {
            await watch.WaitAsync(TimeSpan.FromSeconds(60));
        }
        catch (RpcException e)
        {
            return e;
        }

        throw new AssertionException("It ended in order.");
    }

    private void Publish(int changes)
    {
        for (var i = 0; i < changes; i++)
        {
            _node.Services.GetRequiredService<RecentChanges>().Add(new StoredChange(
                new StatusChange(++_seq, 1, 0, (int)(_seq % StatusList.Capacity), LicenceStatus.InForce, new EntryTag(1), StatusReason.None), new byte[Sm3.HashSize]));
        }

        _feed.Publish(new PublishedIndexes.Published(new RegionSnapshot(new StatusHead(s_region, _seq, new byte[Sm3.HashSize], 1, []), []), [1]));
    }

    /// <summary>Takes messages, or does not.</summary>
    private sealed class Reader : IServerStreamWriter<WatchStatusResponse>
    {
        private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _messages;
        private int _batches;

        public bool IsStuck { get; init; }

        public int Messages => Volatile.Read(ref _messages);

        public int Batches => Volatile.Read(ref _batches);

        public WriteOptions? WriteOptions { get; set; }

        public void Release() => _released.SetResult();

        public Task WriteAsync(WatchStatusResponse message)
        {
            Interlocked.Increment(ref _messages);
            if (message.ContentCase == WatchStatusResponse.ContentOneofCase.Batch)
            {
                Interlocked.Increment(ref _batches);
            }

            return IsStuck ? _released.Task : Task.CompletedTask;
        }

        public Task WriteAsync(WatchStatusResponse message, CancellationToken cancellationToken) => WriteAsync(message).WaitAsync(cancellationToken);
    }
}
