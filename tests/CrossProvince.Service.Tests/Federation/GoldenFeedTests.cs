using CrossProvince.Contracts.Federation.V1;
using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Signatures;
using CrossProvince.Core.Status;
using CrossProvince.Core.Trust;
using CrossProvince.Tests;
using Google.Protobuf;

namespace CrossProvince.Service.Tests.Federation;

/// <summary>What regions sent one another on the day the feed began, kept as files: every later version reads it, and writes the same. With it, what a version of the future may send.</summary>
/// <remarks>The files are never changed. They were written by <see cref="Write"/>, with the sample index key of 110000; signatures differ each time, payloads must not.</remarks>
public sealed class GoldenFeedTests
{
    private const string Folder = "CROSSPROVINCE_WRITE_GOLDENS";
    private const long Time = 1_795_000_000_000;
    private static readonly RegionCode s_region = RegionCode.Parse("110000");
    private static readonly string s_samples = Path.Combine(AppContext.BaseDirectory, "certs-sample");
    private static readonly TrustList s_trust = TrustListDocument.Open(
        File.ReadAllBytes(Path.Combine(s_samples, "trust-list.cose")),
        new TrustRoots([.. Enumerable.Range(1, 3).Select(n => PublicKey.FromPem(File.ReadAllText(Path.Combine(s_samples, "roots", $"root-{n}.pub.pem"))))]));

    private static readonly StatusChange[] s_changes =
    [
        new(1, Time, 0, 7, LicenceStatus.InForce, new EntryTag(0x0102030405060708), StatusReason.None),
        new(2, Time + 1, 0, 8, LicenceStatus.InForce, new EntryTag(0xF1F2F3F4F5F6F7F8), StatusReason.None),
        new(3, Time + 70_000, 0, 7, LicenceStatus.Ended, new EntryTag(0x0102030405060708), StatusReason.Revoked),
    ];

    private static SoftwareSigner IndexKey => SoftwareSigner.FromPem(File.ReadAllText(Path.Combine(s_samples, "110000", "keys", "index.key.pem")));

    private static long Now => Time / 1000;

    [TestCase("feed-batch.cose")]
    [TestCase("feed-batch-newer.cose")]
    public void Batch_Golden_IsReadAsItWas(string file)
    {
        var batch = StatusFeedDocument.Open(Golden(file), s_trust, s_region, Now);

        Assert.That(batch.Changes, Is.EqualTo(s_changes));
        Assert.That(batch.Compare(0, StatusChange.GenesisHash.Span), Is.EqualTo(FeedOrder.Next));
    }

    [TestCase("head.cose")]
    [TestCase("head-newer.cose")]
    public void Head_Golden_IsReadAsItWasAndFollowed(string file)
    {
        var copy = Copy();
        copy.Follow(StatusHeadDocument.Open(Golden(file), s_trust, s_region, Now + 100));

        Assert.That((copy.Seq, copy.AsOfMs), Is.EqualTo((3, Time + 71_000)));
    }

    [TestCase("chunk.cbor")]
    [TestCase("chunk-newer.cbor")]
    public void Chunk_Golden_IsReadAsItWas(string file)
    {
        Assert.That(StatusChunk.TryDecode(Golden(file), out var chunk), Is.True);
        var copy = new RegionIndex(s_region, 4);
        copy.ReplaceChunk(chunk!);

        Assert.That((copy.Find(0, 7), copy.Find(0, 8)), Is.EqualTo((s_changes[2].Entry, s_changes[1].Entry)));
    }

    [Test]
    public void Documents_MadeNow_HaveTheGoldenBytes()
    {
        var (copy, batch, head) = (Copy(), Golden("feed-batch.cose"), Golden("head.cose"));
        var snapshot = copy.Publish(Time + 71_000);

        Assert.That(PayloadOf(StatusFeedDocument.Sign(s_region, s_changes, copy.ChainHash.Span, IndexKey)), Is.EqualTo(PayloadOf(batch)));
        Assert.That(PayloadOf(StatusHeadDocument.Sign(snapshot.Head, IndexKey)), Is.EqualTo(PayloadOf(head)));
        Assert.That(snapshot.Lists[0].EncodeChunk(0), Is.EqualTo(Golden("chunk.cbor")));
    }

    [Test]
    public void Messages_Golden_AreReadAndWrittenAsTheyWere()
    {
        var (batch, head) = (Read("watch-batch.bin", WatchStatusResponse.Parser), Read("watch-head.bin", WatchStatusResponse.Parser));
        var (list, request) = (Read("snapshot-list.bin", GetStatusSnapshotResponse.Parser), Read("snapshot-request.bin", GetStatusSnapshotRequest.Parser));
        var watch = Read("watch-request.bin", WatchStatusRequest.Parser);

        Assert.That(batch.Batch.ToByteArray(), Is.EqualTo(Golden("feed-batch.cose")));
        Assert.That(head.Head.ToByteArray(), Is.EqualTo(Golden("head.cose")));
        Assert.That((list.List.List, list.List.ChunkHashes.Length), Is.EqualTo((0, 32)));
        Assert.That((request.Region, request.Held.Single().List), Is.EqualTo(("110000", 0)));
        Assert.That((watch.Region, watch.FromSeq), Is.EqualTo(("110000", 4L)));

        static T Read<T>(string file, MessageParser<T> parser)
            where T : IMessage<T>
        {
            var message = parser.ParseFrom(Golden(file));
            Assert.That(message.ToByteArray(), Is.EqualTo(Golden(file)), file);
            return message;
        }
    }

    // Content that this version does not know: nothing that it takes for a batch or a head.
    [Test]
    public void Messages_OfANewerVersion_AreIgnored() => Assert.That(
        WatchStatusResponse.Parser.ParseFrom(Golden("watch-newer.bin")).ContentCase, Is.EqualTo(WatchStatusResponse.ContentOneofCase.None));

    /// <summary>Wrote the files, once.</summary>
    [Test, Explicit("The files are never changed.")]
    public void Write()
    {
        var copy = Copy();
        var snapshot = copy.Publish(Time + 71_000);
        var batch = StatusFeedDocument.Sign(s_region, s_changes, copy.ChainHash.Span, IndexKey);
        var head = StatusHeadDocument.Sign(snapshot.Head, IndexKey);
        var hashes = ByteString.CopyFrom(snapshot.Lists[0].ChunkHashes.Span);
        WriteFile("feed-batch.cose", batch);
        WriteFile("head.cose", head);
        WriteFile("chunk.cbor", snapshot.Lists[0].EncodeChunk(0));
        WriteFile("feed-batch-newer.cose", CoseSign1.Sign(IndexKey, StatusFeedDocument.ExternalAad, NewerMap.Of(PayloadOf(batch))));
        WriteFile("head-newer.cose", CoseSign1.Sign(IndexKey, StatusHeadDocument.ExternalAad, NewerMap.Of(PayloadOf(head))));
        WriteFile("chunk-newer.cbor", NewerMap.Of(snapshot.Lists[0].EncodeChunk(0)));
        WriteFile("watch-batch.bin", new WatchStatusResponse { Batch = ByteString.CopyFrom(batch) }.ToByteArray());
        WriteFile("watch-head.bin", new WatchStatusResponse { Head = ByteString.CopyFrom(head) }.ToByteArray());
        WriteFile("watch-newer.bin", [0x7A, 0x03, 0x6E, 0x65, 0x77]);
        WriteFile("watch-request.bin", new WatchStatusRequest { Region = "110000", FromSeq = 4 }.ToByteArray());
        WriteFile("snapshot-request.bin", new GetStatusSnapshotRequest { Region = "110000", Held = { new ListChunks { ChunkHashes = hashes } } }.ToByteArray());
        WriteFile("snapshot-list.bin", new GetStatusSnapshotResponse { List = new ListChunks { ChunkHashes = hashes } }.ToByteArray());
    }

    private static RegionIndex Copy()
    {
        var copy = new RegionIndex(s_region, 4);
        foreach (var change in s_changes)
        {
            copy.Apply(change);
        }

        return copy;
    }

    private static byte[] Golden(string file) => File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "goldens", "protocol-1", file));

    private static byte[] PayloadOf(byte[] document)
    {
        Assert.That(CoseSign1.TryRead(document, out var message), Is.True);
        return message.Payload.ToArray();
    }

    private static void WriteFile(string file, byte[] bytes) => File.WriteAllBytes(Path.Combine(Environment.GetEnvironmentVariable(Folder)!, file), bytes);
}
