using System.Diagnostics;
using CrossProvince.Contracts.Federation.V1;
using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Status;
using Google.Protobuf;
using Grpc.Core;

namespace CrossProvince.Cli.Conformance;

/// <summary>What another region's node gets: snapshots, the stream of changes, and what it must not get.</summary>
internal static class FeedChecks
{
    private const string Following = "docs/signed-documents.md, Following another region";
    private const string Asking = "docs/partners/federation.md, What to send";
    private const int MostChanges = 200_000;
    private static readonly TimeSpan s_oftenEnough = TimeSpan.FromSeconds(1);

    internal static IEnumerable<Check> Of(Target target)
    {
        yield return new("snapshot", new("索引快照", "a snapshot for who has nothing"), Following, "a signed head, then hashes and chunks that make its roots", Need.Peer | Need.Trust, async cancellationToken =>
        {
            var (copy, _, messages) = await SnapshotAsync(target, [], cancellationToken);
            return Finding.Of(true, $"change {copy.Seq} in {messages} messages");
        });
        yield return new("snapshot-known", new("已有全部内容的快照", "a snapshot for who has all of it"), Following, "the head, and no chunk that the caller has", Need.Peer | Need.Trust, async cancellationToken =>
        {
            var (first, held, messages) = await SnapshotAsync(target, [], cancellationToken);
            var (second, _, again) = await SnapshotAsync(target, held, cancellationToken, first);
            return messages == 1 ? Finding.Skip("the region has no list yet: import a licence")
                : Finding.Of(second.Seq > first.Seq ? again < messages : again == 1, $"{messages} messages, then {again}");
        });
        yield return new("watch-heads", new("状态流的心跳", "the stream while nothing changes"), Following, "signed heads, every second at least, never back in time", Need.Peer | Need.Trust, cancellationToken => HeadsAsync(target, cancellationToken));
        yield return new("watch-chain", new("从头的变更链", "the stream from the first change"), Following, "signed batches without a gap, whose hashes lead from nothing to the head, and lists of its roots", Need.Peer | Need.Trust, cancellationToken => ChainAsync(target, cancellationToken));
        yield return new("watch-unknown-fields", new("较新版本的字段", "fields of a newer version"), "docs/adr/0064", "they are ignored", Need.Peer | Need.Trust, async cancellationToken =>
        {
            byte[] newer = [.. new WatchStatusRequest { Region = target.Region.ToString(), FromSeq = long.MaxValue / 2 }.ToByteArray(), 0xC2, 0x3E, 0x03, 0x6E, 0x65, 0x77];
            using var call = target.Peer!.Federation.WatchStatus(WatchStatusRequest.Parser.ParseFrom(newer), cancellationToken: cancellationToken);
            try
            {
                await call.ResponseStream.MoveNext(cancellationToken);
                var head = StatusHeadDocument.Open(call.ResponseStream.Current.Head.Memory, target.Trust!, target.Region, Target.Now);
                return Finding.Of(true, $"a head, of change {head.Seq}");
            }
            catch (RpcException e) when (e.StatusCode == StatusCode.OutOfRange)
            {
                return Finding.Of(true, "OUT_OF_RANGE, for the number is beyond the last change");
            }
        });
        yield return Error("watch-another-region", new("订阅另一地区", "the stream of another region"), target, StatusCode.NotFound, null, request => request.Region = "999999");
        yield return Error("watch-from-zero", new("从 0 开始订阅", "the stream from change 0"), target, StatusCode.InvalidArgument, "from_seq", request => request.FromSeq = 0);
        yield return Error("watch-no-region", new("地区代码有误的订阅", "the stream of what is no region"), target, StatusCode.InvalidArgument, "region", request => request.Region = "Beijing");
        yield return Asked("redeem-without-request-id", new("没有请求编号的核销", "Redeem without a request id"), target, StatusCode.InvalidArgument, "showing.request_id", showing => showing.RequestId = "");
        yield return Asked("redeem-unknown-scenario", new("应用场景有误的核销", "Redeem for a scenario that there is not"), target, StatusCode.InvalidArgument, "showing.scenario", showing => showing.Scenario = "no-such-scenario");
        yield return Asked("redeem-for-another-region", new("代另一地区的机构核销", "Redeem for an organisation of another region than the caller's"), target, StatusCode.PermissionDenied, null, showing => showing.OnBehalfOf = OrganisationElsewhere(target));
        yield return new("redeem-of-no-code", new("核销的不是码", "Redeem of what is no code"), Asking, "a refused code is an answer: MALFORMED, no error", Need.Peer, async cancellationToken =>
        {
            if (Showing(target) is not { } showing)
            {
                return NoScenario();
            }

            var answer = (await target.Peer!.Federation.RedeemAsync(new RedeemRequest { Showing = showing }, cancellationToken: cancellationToken)).Verification;
            return Finding.Of(answer?.Verdict == Contracts.Verification.V1.Verdict.Malformed, Verifying.VerificationView.Name(answer?.Verdict ?? 0));
        });
    }

    /// <summary>Reads a snapshot into a copy, which is followed to its head: everything was held against what is signed.</summary>
    private static async Task<(RegionIndex Copy, IReadOnlyList<ListChunks> Lists, int Messages)> SnapshotAsync(Target target, IReadOnlyList<ListChunks> held, CancellationToken cancellationToken, RegionIndex? known = null)
    {
        var copy = known ?? new RegionIndex(target.Region, target.TrustedRegion!.ListBound);
        var request = new GetStatusSnapshotRequest { Region = target.Region.ToString(), Held = { held } };
        using var call = target.Peer!.Federation.GetStatusSnapshot(request, cancellationToken: cancellationToken);
        StatusHead? head = null;
        var (lists, waiting, messages) = (new List<ListChunks>(), new Queue<(int List, int Chunk, byte[] Hash)>(), 0);
        await foreach (var message in call.ResponseStream.ReadAllAsync(cancellationToken))
        {
            messages++;
            switch (message.ContentCase)
            {
                case GetStatusSnapshotResponse.ContentOneofCase.Head:
                    head = StatusHeadDocument.Open(message.Head.Memory, target.Trust!, target.Region, Target.Now);
                    break;
                case GetStatusSnapshotResponse.ContentOneofCase.List when head is not null:
                    lists.Add(message.List);
                    var root = head.Lists.FirstOrDefault(list => list.List == message.List.List)?.Root ?? throw new StatusDocumentException($"List {message.List.List} is not in the head.");
                    foreach (var chunk in copy.Snapshot(message.List.List).FindChangedChunks(message.List.ChunkHashes.Span, root.Span))
                    {
                        waiting.Enqueue((message.List.List, chunk, message.List.ChunkHashes.Span.Slice(chunk * 32, 32).ToArray()));
                    }

                    break;
                case GetStatusSnapshotResponse.ContentOneofCase.Chunk when waiting.TryDequeue(out var next):
                    copy.ReplaceChunk(StatusChunk.Open(message.Chunk.Memory, next.List, next.Chunk, next.Hash));
                    break;
                default:
                    throw new StatusDocumentException($"Message {messages} of the snapshot has the content {message.ContentCase}, which does not belong there.");
            }
        }

        copy.Follow(head ?? throw new StatusDocumentException("The snapshot has no head."));
        return (copy, lists, messages);
    }

    private static async Task<Finding> HeadsAsync(Target target, CancellationToken cancellationToken)
    {
        var (copy, _, _) = await SnapshotAsync(target, [], cancellationToken);
        using var call = target.Peer!.Federation.WatchStatus(new WatchStatusRequest { Region = target.Region.ToString(), FromSeq = copy.Seq + 1 }, cancellationToken: cancellationToken);
        var (clock, last, longest, heads, before) = (Stopwatch.StartNew(), TimeSpan.Zero, TimeSpan.Zero, 0, copy.AsOfMs);
        while (clock.Elapsed < target.Watch && await call.ResponseStream.MoveNext(cancellationToken))
        {
            if (call.ResponseStream.Current.ContentCase != WatchStatusResponse.ContentOneofCase.Head)
            {
                continue;
            }

            var head = StatusHeadDocument.Open(call.ResponseStream.Current.Head.Memory, target.Trust!, target.Region, Target.Now);
            if (head.TimeMs < before)
            {
                return Finding.Of(false, $"head {heads + 1} is {before - head.TimeMs} ms older than the one before");
            }

            (longest, last, before, heads) = (Max(longest, clock.Elapsed - last), clock.Elapsed, head.TimeMs, heads + 1);
        }

        longest = Max(longest, clock.Elapsed - last);
        return Finding.Of(heads > 0 && longest < s_oftenEnough + target.Slack, $"{heads} heads in {clock.Elapsed.TotalSeconds:0.0} s, longest silence {longest.TotalSeconds:0.0} s");
    }

    private static async Task<Finding> ChainAsync(Target target, CancellationToken cancellationToken)
    {
        var copy = new RegionIndex(target.Region, target.TrustedRegion!.ListBound);
        using var call = target.Peer!.Federation.WatchStatus(new WatchStatusRequest { Region = target.Region.ToString(), FromSeq = 1 }, cancellationToken: cancellationToken);
        var batches = 0;
        try
        {
            while (await call.ResponseStream.MoveNext(cancellationToken))
            {
                if (call.ResponseStream.Current.ContentCase == WatchStatusResponse.ContentOneofCase.Head)
                {
                    copy.Follow(StatusHeadDocument.Open(call.ResponseStream.Current.Head.Memory, target.Trust!, target.Region, Target.Now));
                    return Finding.Of(true, $"{copy.Seq} changes in {batches} batches");
                }

                var batch = StatusFeedDocument.Open(call.ResponseStream.Current.Batch.Memory, target.Trust!, target.Region, Target.Now);
                if (batch.Compare(copy.Seq, copy.ChainHash.Span) is var order and not FeedOrder.Next)
                {
                    return Finding.Of(false, $"the batch from change {batch.FromSeq} does not lead on from {copy.Seq}: {order}");
                }

                foreach (var change in batch.After(copy.Seq))
                {
                    copy.Apply(change);
                }

                if (++batches > 0 && copy.Seq > MostChanges)
                {
                    return Finding.Skip($"more than {MostChanges} changes");
                }
            }

            return Finding.Of(false, "the stream ended before a head came");
        }
        catch (RpcException e) when (e.StatusCode == StatusCode.OutOfRange)
        {
            return Finding.Skip("the first change is no longer kept (OUT_OF_RANGE)");
        }
    }

    private static Check Error(string id, LocalizedText what, Target target, StatusCode status, string? field, Action<WatchStatusRequest> change) => new(
        id, what, "protos, FederationService", ErrorForm.Name(status) + (field is null ? "" : $" that names {field}"), Need.Peer, cancellationToken => ErrorForm.OfAsync(
            async () =>
            {
                var request = new WatchStatusRequest { Region = target.Region.ToString(), FromSeq = 1 };
                change(request);
                using var call = target.Peer!.Federation.WatchStatus(request, cancellationToken: cancellationToken);
                await call.ResponseStream.MoveNext(cancellationToken);
            },
            status,
            field));

    private static Check Asked(string id, LocalizedText what, Target target, StatusCode status, string? field, Action<Showing> change) => new(
        id, what, Asking, ErrorForm.Name(status) + (field is null ? "" : $" that names {field}"), Need.Peer, async cancellationToken =>
        {
            if (Showing(target) is not { } showing)
            {
                return NoScenario();
            }

            change(showing);
            return await ErrorForm.OfAsync(() => target.Peer!.Federation.RedeemAsync(new RedeemRequest { Showing = showing }, cancellationToken: cancellationToken).ResponseAsync, status, field);
        });

    private static Finding NoScenario() => Finding.Skip("the catalogue has no scenario that is used once everywhere");

    private static Showing? Showing(Target target) => target.Catalogue.Scenarios.FirstOrDefault(scenario => scenario.Use == Core.Catalogue.UseRule.OnceEverywhere) is not { } scenario
        ? null
        : new Showing
        {
            Code = "nothing",
            Scenario = scenario.Id,
            TerminalId = "conformance",
            MatterCode = scenario.Requires.Contains("matter-code") ? "conformance" : "",
            CaseNumber = scenario.Requires.Contains("case-number") ? "conformance" : "",
            RequestId = $"{Guid.NewGuid():N}",
        };

    /// <summary>An organisation of the province of the node that is asked, which is not the caller's.</summary>
    private static string OrganisationElsewhere(Target target)
    {
        var body = $"91{target.Region}000000000"[..17];
        return body + SocialCreditCode.CheckCharacter(body);
    }

    private static TimeSpan Max(TimeSpan one, TimeSpan other) => one > other ? one : other;
}
