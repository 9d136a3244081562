using System.Collections.Concurrent;
using System.Threading.Channels;
using CrossProvince.Contracts.Federation.V1;
using Google.Protobuf;
using Grpc.Core;

namespace CrossProvince.Integration.Tests.Federation;

/// <summary>The streams of a <see cref="FakePartner"/>: each begins with the newest head, and goes on with what a test sends.</summary>
internal sealed class FakeFeed(FakePartner partner) : FederationService.FederationServiceBase
{
    private readonly Lock _lock = new();
    private readonly List<Channel<WatchStatusResponse>> _open = [];

    /// <summary>What it was asked for: <c>watch FROM</c> or <c>snapshot</c>.</summary>
    internal ConcurrentQueue<string> Calls { get; } = new();

    /// <summary>How many streams are open.</summary>
    internal int Open
    {
        get
        {
            lock (_lock)
            {
                return _open.Count;
            }
        }
    }

    /// <summary>Whether earlier changes are kept.</summary>
    internal bool Keeps { get; set; } = true;

    /// <summary>Whether new streams say nothing until a test sends something.</summary>
    internal bool IsSilent { get; set; }

    /// <summary>Publishes what was changed, and sends it.</summary>
    internal void Publish()
    {
        var before = partner.Snapshot.Head.Seq;
        var head = partner.Publish();
        if (head.Seq > before)
        {
            Send(partner.Batch(before + 1, head.Seq));
        }

        SendHead(partner.Head);
    }

    /// <summary>Sends a batch to all who follow.</summary>
    internal void Send(byte[] batch) => Send(new WatchStatusResponse { Batch = ByteString.CopyFrom(batch) });

    /// <summary>Sends a head to all who follow.</summary>
    internal void SendHead(byte[] head) => Send(new WatchStatusResponse { Head = ByteString.CopyFrom(head) });

    public override async Task WatchStatus(WatchStatusRequest request, IServerStreamWriter<WatchStatusResponse> responseStream, ServerCallContext context)
    {
        Calls.Enqueue($"watch {request.FromSeq}");
        var seq = partner.Snapshot.Head.Seq;
        if (request.FromSeq <= seq && !Keeps)
        {
            throw new RpcException(new Status(StatusCode.OutOfRange, "no longer kept"));
        }

        var channel = Channel.CreateUnbounded<WatchStatusResponse>();
        if (request.FromSeq <= seq && !IsSilent)
        {
            channel.Writer.TryWrite(new WatchStatusResponse { Batch = ByteString.CopyFrom(partner.Batch(request.FromSeq, seq)) });
        }

        if (!IsSilent)
        {
            channel.Writer.TryWrite(new WatchStatusResponse { Head = ByteString.CopyFrom(partner.Head) });
        }

        lock (_lock)
        {
            _open.Add(channel);
        }

        try
        {
            await foreach (var message in channel.Reader.ReadAllAsync(context.CancellationToken))
            {
                await responseStream.WriteAsync(message, context.CancellationToken);
            }
        }
        finally
        {
            lock (_lock)
            {
                _open.Remove(channel);
            }
        }
    }

    public override async Task GetStatusSnapshot(GetStatusSnapshotRequest request, IServerStreamWriter<GetStatusSnapshotResponse> responseStream, ServerCallContext context)
    {
        Calls.Enqueue("snapshot");
        var held = request.Held.ToDictionary(list => list.List, list => list.ChunkHashes.ToByteArray());
        await responseStream.WriteAsync(new GetStatusSnapshotResponse { Head = ByteString.CopyFrom(partner.Head) });
        foreach (var list in partner.Snapshot.Lists)
        {
            var theirs = held.GetValueOrDefault(list.Number) ?? [];
            var hashes = partner.ChunkHashes(list);
            await responseStream.WriteAsync(new GetStatusSnapshotResponse { List = new ListChunks { List = list.Number, ChunkHashes = ByteString.CopyFrom(partner.Hashes(hashes)) } });
            for (var chunk = 0; chunk < list.ChunkCount; chunk++)
            {
                if (!theirs.Skip(chunk * 32).Take(32).SequenceEqual(hashes[(chunk * 32)..((chunk + 1) * 32)]))
                {
                    await responseStream.WriteAsync(new GetStatusSnapshotResponse { Chunk = ByteString.CopyFrom(partner.EncodeChunk(list, chunk)) });
                }
            }
        }
    }

    /// <summary>Sends anything to all who follow.</summary>
    internal void Send(WatchStatusResponse message)
    {
        lock (_lock)
        {
            foreach (var channel in _open)
            {
                channel.Writer.TryWrite(message);
            }
        }
    }
}
