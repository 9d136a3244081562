using CrossProvince.Contracts.Federation.V1;
using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Signatures;
using CrossProvince.Core.Status;
using CrossProvince.Service.Hosting;
using CrossProvince.Service.Identity;
using CrossProvince.Service.Limits;
using Google.Protobuf;
using Grpc.Core;

namespace CrossProvince.Service.StatusIndex;

/// <summary>Serves those who follow this region: the feed as it grows, and what their copies lack.</summary>
/// <remarks>Each message waits for its reader alone. Who calls is judged anew before every message, and once a second: a certificate or partner that is refused gets nothing more.</remarks>
internal sealed class StatusWatches(NodeSettings node, StatusFeed feed, PublishedIndexes published, IHostApplicationLifetime lifetime)
{
    private static readonly TimeSpan s_judgeInterval = TimeSpan.FromSeconds(1);

    /// <summary>A reader that has not taken one message after this long loses its place.</summary>
    private static readonly TimeSpan s_longestWrite = TimeSpan.FromSeconds(20);

    private readonly RegionPlaces _places = new(node.Options.Limits.StatusStreams);

    /// <summary>How many streams each region has open.</summary>
    public IReadOnlyList<(RegionCode Region, int Streams)> Open() => _places.Taken();

    /// <summary>Sends the feed until the caller goes away.</summary>
    /// <param name="request">From where on.</param>
    /// <param name="answers">Takes the messages.</param>
    /// <param name="judge">Who calls, now; throws when it is nobody who may.</param>
    /// <param name="cancellation">The caller went away.</param>
    /// <exception cref="RpcException">The caller may not have it, is too slow, or the node stops.</exception>
    public async Task WatchAsync(WatchStatusRequest request, IServerStreamWriter<WatchStatusResponse> answers, Func<Caller> judge, CancellationToken cancellation)
    {
        var caller = judge();
        var region = ReadRegion(request.Region);
        if (region != node.Region)
        {
            throw RpcErrors.NotFound("FEED_NOT_FOUND", $"本节点只有地区 {node.Region} 的变更流。", $"This node has the feed of region {node.Region} only.");
        }

        if (request.FromSeq < 1)
        {
            throw RpcErrors.InvalidArgument("from_seq", "应为 1 或更大。", "must be 1 or more.");
        }

        using var taken = _places.Enter(caller.Region);
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(cancellation, lifetime.ApplicationStopping);
        try
        {
            var place = feed.Find(request.FromSeq) ?? throw TooFarBehind();
            while (true)
            {
                judge();
                if (!feed.TryTake(place, out var message, out var news))
                {
                    throw TooFarBehind();
                }

                await (message is null ? WaitAsync(news, stopping.Token) : WriteAsync(answers, message, stopping.Token));
            }
        }
        catch (OperationCanceledException) when (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            throw Stopping();
        }
    }

    /// <summary>Sends the newest head and the chunks in which a copy differs from it.</summary>
    /// <param name="request">What the copy has.</param>
    /// <param name="answers">Takes the messages.</param>
    /// <param name="judge">Who calls, now; throws when it is nobody who may.</param>
    /// <param name="cancellation">The caller went away.</param>
    /// <exception cref="RpcException">The caller may not have it, or this node has no index of that region.</exception>
    public async Task SendSnapshotAsync(GetStatusSnapshotRequest request, IServerStreamWriter<GetStatusSnapshotResponse> answers, Func<Caller> judge, CancellationToken cancellation)
    {
        var caller = judge();
        var region = ReadRegion(request.Region);
        var held = ReadHeld(request);
        using var taken = _places.Enter(caller.Region);
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(cancellation, lifetime.ApplicationStopping);

        // Of the own region what the feed has come to, so that it goes on behind it.
        var newest = (region == node.Region ? feed.Published : published.FindNewest(region))
            ?? throw RpcErrors.NotFound("INDEX_PART_NOT_FOUND", "本节点没有该地区的索引。", "This node holds no index of that region.");
        try
        {
            await SendAsync(new() { Head = UnsafeByteOperations.UnsafeWrap(newest.Document) });
            foreach (var list in newest.Snapshot.Lists)
            {
                var theirs = held.GetValueOrDefault(list.Number);
                if (theirs.Span.SequenceEqual(list.ChunkHashes.Span))
                {
                    continue;
                }

                await SendAsync(new() { List = new ListChunks { List = list.Number, ChunkHashes = UnsafeByteOperations.UnsafeWrap(list.ChunkHashes) } });
                for (var chunk = 0; chunk < list.ChunkCount; chunk++)
                {
                    if (!HashOf(theirs, chunk).SequenceEqual(HashOf(list.ChunkHashes, chunk)))
                    {
                        await SendAsync(new() { Chunk = UnsafeByteOperations.UnsafeWrap(list.EncodeChunk(chunk)) });
                    }
                }
            }
        }
        catch (OperationCanceledException) when (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            throw Stopping();
        }

        Task SendAsync(GetStatusSnapshotResponse answer)
        {
            judge();
            return WriteAsync(answers, answer, stopping.Token);
        }
    }

    private static ReadOnlySpan<byte> HashOf(ReadOnlyMemory<byte> hashes, int chunk) =>
        (chunk + 1) * Sm3.HashSize <= hashes.Length ? hashes.Span.Slice(chunk * Sm3.HashSize, Sm3.HashSize) : [];

    private static RegionCode ReadRegion(string text) => RegionCode.TryParse(text, out var region)
        ? region
        : throw RpcErrors.InvalidArgument("region", "不是六位地区代码。", "is not a region code of six digits.");

    private static Dictionary<int, ReadOnlyMemory<byte>> ReadHeld(GetStatusSnapshotRequest request)
    {
        var held = new Dictionary<int, ReadOnlyMemory<byte>>();
        foreach (var list in request.Held)
        {
            if (list.ChunkHashes.Length % Sm3.HashSize != 0 || list.ChunkHashes.Length > StatusList.MaxChunks * Sm3.HashSize || !held.TryAdd(list.List, list.ChunkHashes.Memory))
            {
                throw RpcErrors.InvalidArgument("held", "各表只能出现一次，且块哈希各 32 字节。", "must name each list once, with 32 bytes for each chunk.");
            }
        }

        return held;
    }

    private static async Task WriteAsync<T>(IServerStreamWriter<T> answers, T message, CancellationToken stopping)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        patience.CancelAfter(s_longestWrite);
        try
        {
            await answers.WriteAsync(message, patience.Token);
        }
        catch (OperationCanceledException) when (!stopping.IsCancellationRequested)
        {
            throw RpcErrors.Unavailable("READER_TOO_SLOW", "接收过慢，状态流已结束；请重新连接。", "The stream was read too slowly, and has ended: open it again.", TimeSpan.FromSeconds(1));
        }
    }

    private static async Task WaitAsync(Task news, CancellationToken stopping)
    {
        try
        {
            await news.WaitAsync(s_judgeInterval, stopping);
        }
        catch (TimeoutException)
        {
            // Nothing new, but the caller is judged once more.
        }
    }

    private static RpcException TooFarBehind() => RpcErrors.Plain(
        StatusCode.OutOfRange, "TOO_FAR_BEHIND", "这些变更已不再保留：请用 GetStatusSnapshot 取得差异，再从其后继续。", "These changes are no longer kept: fetch what differs by GetStatusSnapshot, and go on from there.");

    private static RpcException Stopping() => RpcErrors.Unavailable("NODE_STOPPING", "节点正在停止，请稍后重新连接。", "The node is stopping: open the stream again.", TimeSpan.FromSeconds(1));
}
