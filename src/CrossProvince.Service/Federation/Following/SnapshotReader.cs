using CrossProvince.Contracts.Federation.V1;
using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Signatures;
using CrossProvince.Core.Status;
using Google.Protobuf;
using Grpc.Core;

namespace CrossProvince.Service.Federation.Following;

/// <summary>Fetches what a copy lacks, as chunks held to the signed head that comes with them.</summary>
internal static class SnapshotReader
{
    /// <summary>Lists whose hashes are sent along: 2 MiB of them. Further ones come whole.</summary>
    private const int MostHeld = 256;

    /// <summary>How long the next message may take.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    /// <summary>Brings a copy to the region's newest head.</summary>
    /// <param name="client">To the region's node.</param>
    /// <param name="region">The region.</param>
    /// <param name="copy">The copy.</param>
    /// <param name="stopping">Gives up.</param>
    /// <exception cref="StatusDocumentException">What came is not what the region has signed; chunks taken before it are.</exception>
    /// <exception cref="ForkedChainException">The head names another history.</exception>
    /// <exception cref="RpcException">The node does not answer.</exception>
    public static async Task ReadAsync(FederationService.FederationServiceClient client, RegionCode region, RegionCopy copy, CancellationToken stopping)
    {
        var request = new GetStatusSnapshotRequest { Region = region.ToString() };
        var held = copy.Index.Lists.Select(list => copy.Index.Snapshot(list.Number)).ToDictionary(list => list.Number);
        request.Held.AddRange(held.Values.Take(MostHeld).Select(list => new ListChunks { List = list.Number, ChunkHashes = UnsafeByteOperations.UnsafeWrap(list.ChunkHashes) }));
        var named = request.Held.Select(list => list.List).ToHashSet();

        using var patience = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        patience.CancelAfter(s_patience);
        using var call = client.GetStatusSnapshot(request, cancellationToken: patience.Token);
        (StatusHead Head, ReadOnlyMemory<byte> Document)? signed = null;
        (int List, ReadOnlyMemory<byte> Hashes, Queue<int> Wanted)? list = null;
        while (await call.ResponseStream.MoveNext(patience.Token))
        {
            patience.CancelAfter(s_patience);
            var answer = call.ResponseStream.Current;
            switch (answer.ContentCase)
            {
                case GetStatusSnapshotResponse.ContentOneofCase.Head when signed is null:
                    var head = copy.Open(answer.Head.Memory);
                    if (copy.Order(head, answer.Head.Memory) == FollowedHead.Older)
                    {
                        throw new StatusDocumentException($"The head at change {head.Seq} is older than the copy at {copy.Index.Seq}.");
                    }

                    signed = (head, answer.Head.Memory);
                    break;

                case GetStatusSnapshotResponse.ContentOneofCase.List when signed is { } of && list is not { Wanted.Count: > 0 }:
                    var number = answer.List.List;
                    var root = of.Head.Lists.FirstOrDefault(l => l.List == number)?.Root ?? throw new StatusDocumentException($"List {number} came, which the head does not name.");
                    var mine = named.Contains(number) ? held[number] : new StatusList(number).Snapshot();
                    list = (number, answer.List.ChunkHashes.Memory, new Queue<int>(mine.FindChangedChunks(answer.List.ChunkHashes.Span, root.Span)));
                    break;

                case GetStatusSnapshotResponse.ContentOneofCase.Chunk when list is { Wanted.Count: > 0 } from:
                    var chunk = from.Wanted.Dequeue();
                    copy.Index.ReplaceChunk(StatusChunk.Open(answer.Chunk.Memory, from.List, chunk, from.Hashes.Span.Slice(chunk * Sm3.HashSize, Sm3.HashSize)));
                    break;

                case GetStatusSnapshotResponse.ContentOneofCase.None:
                    // Of a newer version.
                    break;

                default:
                    throw new StatusDocumentException($"In the snapshot of region {region}, {answer.ContentCase} came where it does not belong.");
            }
        }

        if (signed is not { } end || list is { Wanted.Count: > 0 })
        {
            throw new StatusDocumentException($"The snapshot of region {region} ended too early.");
        }

        copy.Follow(end.Head, end.Document);
    }
}
