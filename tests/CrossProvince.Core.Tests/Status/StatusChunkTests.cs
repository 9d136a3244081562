using CrossProvince.Core.Signatures;
using CrossProvince.Core.Status;
using CrossProvince.Core.Tests.Trust;

namespace CrossProvince.Core.Tests.Status;

public sealed class StatusChunkTests
{
    private static readonly byte[] s_chunk = MakeChunk();

    [Test]
    public void TryDecode_OwnEncoding_GivesSameEntries()
    {
        Assert.That(StatusChunk.TryDecode(s_chunk, out var chunk), Is.True);
        var copy = new StatusList(2);
        copy.ReplaceChunk(chunk!);

        Assert.That(
            (copy.Read(4096).Status, copy.Read(4097).Reason, copy.Read(4098), copy.Allocated),
            Is.EqualTo((LicenceStatus.InForce, StatusReason.Revoked, IndexEntry.Unallocated, 2)));
        Assert.That(chunk!.Hash.ToArray(), Is.EqualTo(Sm3.Hash(s_chunk)));
    }

    [Test]
    public void TryDecode_CutShort_IsRefused()
    {
        for (var length = 0; length < s_chunk.Length; length += 97)
        {
            Assert.That(StatusChunk.TryDecode(s_chunk.AsMemory(0, length), out _), Is.False);
        }

        Assert.That(StatusChunk.TryDecode(s_chunk.AsMemory(0, s_chunk.Length - 1), out _), Is.False);
    }

    [Test]
    public void TryDecode_AnyByteChanged_NeverThrows()
    {
        var random = new Random(7);
        for (var i = 0; i < 2000; i++)
        {
            var changed = s_chunk.ToArray();
            changed[random.Next(changed.Length)] = (byte)random.Next(256);
            changed[random.Next(40)] = (byte)random.Next(256);
            Assert.That(() => StatusChunk.TryDecode(changed, out _), Throws.Nothing);
        }
    }

    [Test]
    public void TryDecode_UnknownKey_IsIgnoredAndHashed()
    {
        byte[] grown = [0xA6, .. RawCbor.Join("abc", 0x81, 0xF6), .. s_chunk.AsSpan(1)];

        Assert.That(StatusChunk.TryDecode(grown, out var chunk), Is.True);
        var copy = new StatusList(2);
        copy.ReplaceChunk(chunk!);
        Assert.That(copy.Snapshot().ChunkHashes[32..].ToArray(), Is.EqualTo(Sm3.Hash(grown)));
        Assert.That(copy.FindChunk(4096)!.Value.Chunk.IsCheckable, Is.False);
    }

    [Test]
    public void FromParts_OwnBytes_IsTheSameChunk()
    {
        var (parts, hash) = Keep();

        var copy = new StatusList(2);
        copy.ReplaceChunk(StatusChunk.FromParts([parts], 2, 1, hash)[0]);

        Assert.That((copy.Read(4096).Status, copy.Read(4097).Reason, copy.Allocated), Is.EqualTo((LicenceStatus.InForce, StatusReason.Revoked, 2)));
        Assert.That(copy.Snapshot().ChunkHashes[32..].ToArray(), Is.EqualTo(hash));
    }

    [Test]
    public void FromParts_AnyByteChanged_IsRefused()
    {
        var (parts, hash) = Keep();
        for (var at = 0; at < parts.Status.Length; at += 31)
        {
            Refused(parts with { Status = Change(parts.Status, at) }, hash);
        }

        for (var at = 0; at < parts.Tags.Length; at += 997)
        {
            Refused(parts with { Tags = Change(parts.Tags, at) }, hash);
        }

        for (var at = 0; at < parts.Reasons.Length; at++)
        {
            Refused(parts with { Reasons = Change(parts.Reasons, at) }, hash);
        }

        Refused(parts, Change(hash, 0).ToArray());
    }

    [Test]
    public void FromParts_WrongLengthOrPlace_IsRefused()
    {
        var (parts, hash) = Keep();

        Refused(parts with { Status = parts.Status[1..] }, hash);
        Refused(parts with { Tags = parts.Tags[..^1] }, hash);
        Refused(parts with { Reasons = parts.Reasons[..^1] }, hash);
        Refused(parts with { Reasons = default }, hash);
        Refused(parts with { Reasons = (byte[])[.. parts.Reasons.Span, .. parts.Reasons.Span] }, hash);
        Refused(default, hash);
        Assert.That(() => StatusChunk.FromParts([parts], 3, 1, hash), Throws.TypeOf<StatusDocumentException>());
        Assert.That(() => StatusChunk.FromParts([parts], 2, 0, hash), Throws.TypeOf<StatusDocumentException>());
    }

    [Test]
    public void FromParts_OneOfManyDamaged_IsRefusedByName([Values(0, 16, 19)] int damaged)
    {
        var list = new StatusList(2);
        for (var chunk = 0; chunk < 20; chunk++)
        {
            list.Set(chunk * StatusList.ChunkSize, new IndexEntry(LicenceStatus.InForce, new EntryTag((ulong)chunk + 1), StatusReason.None));
        }

        var snapshot = list.Snapshot();
        var parts = Enumerable.Range(0, 20).Select(snapshot.ReadChunk).ToArray();
        Assert.That(StatusChunk.FromParts(parts, 2, 0, snapshot.ChunkHashes.Span).Select(chunk => chunk.Hash.ToArray()), Is.EqualTo(snapshot.ChunkHashes.ToArray().Chunk(32)));

        parts[damaged] = parts[damaged] with { Tags = Change(parts[damaged].Tags, 7) };
        Assert.That(() => StatusChunk.FromParts(parts, 2, 0, snapshot.ChunkHashes.Span), Throws.TypeOf<StatusDocumentException>().With.Message.Contains($"chunk {damaged} of list 2"));
    }

    // Keys that this version does not know are in the signed hash, and not in the raw bytes.
    [Test]
    public void FromParts_ChunkCameWithUnknownKeys_IsRefused()
    {
        byte[] grown = [0xA6, .. RawCbor.Join("abc", 0x81, 0xF6), .. s_chunk.AsSpan(1)];
        var (parts, _) = Keep();

        Refused(parts, Sm3.Hash(grown));
    }

    private static (StatusChunkParts Parts, byte[] Hash) Keep()
    {
        Assert.That(StatusChunk.TryDecode(s_chunk, out var chunk), Is.True);
        var list = new StatusList(2);
        list.ReplaceChunk(chunk!);
        return (list.Snapshot().ReadChunk(1), Sm3.Hash(s_chunk));
    }

    private static ReadOnlyMemory<byte> Change(ReadOnlyMemory<byte> bytes, int at)
    {
        var changed = bytes.ToArray();
        changed[at] ^= 1;
        return changed;
    }

    private static void Refused(StatusChunkParts parts, byte[] hash) =>
        Assert.That(() => StatusChunk.FromParts([parts], 2, 1, hash), Throws.TypeOf<StatusDocumentException>());

    // Layout: A5 "list" 02 "tags" 59 8000 … "chunk" 01 "status" 59 0400 … "reasons" A1 01 01.
    [TestCase(0, 0xFF, TestName = "TryDecode_StatusWithoutReason_IsRefused")]
    [TestCase(1, 0, TestName = "TryDecode_AllocatedTagGone_IsRefused")]
    [TestCase(2, 0, TestName = "TryDecode_ReasonZero_IsRefused")]
    [TestCase(3, 5, TestName = "TryDecode_ReasonOfUnallocated_IsRefused")]
    [TestCase(4, 0, TestName = "TryDecode_NotAMap_IsRefused")]
    public void TryDecode_Contradiction_IsRefused(int what, int value)
    {
        var changed = s_chunk.ToArray();
        var at = what switch
        {
            0 => s_chunk.AsSpan().IndexOf("\u0059\u0004\u0000"u8) + 3,
            1 => s_chunk.AsSpan().IndexOf(Enumerable.Repeat((byte)0x11, 8).ToArray()),
            2 => s_chunk.Length - 1,
            3 => s_chunk.Length - 2,
            _ => 0,
        };
        changed.AsSpan(at, what == 1 ? 8 : 1).Fill((byte)value);

        Assert.That(StatusChunk.TryDecode(changed, out _), Is.False);
    }

    [Test]
    public void TryDecode_FarTooLong_IsRefused() => Assert.That(StatusChunk.TryDecode(new byte[StatusChunk.MaxBytes + 1], out _), Is.False);

    [Test]
    public void Open_AnotherHash_IsRefused() => Assert.That(() => StatusChunk.Open(s_chunk, 2, 1, new byte[32]), Throws.TypeOf<StatusDocumentException>());

    [TestCase(2, 0)]
    [TestCase(1, 1)]
    public void Open_AnotherPlace_IsRefused(int list, int chunk) =>
        Assert.That(() => StatusChunk.Open(s_chunk, list, chunk, Sm3.Hash(s_chunk)), Throws.TypeOf<StatusDocumentException>());

    [Test]
    public void Open_AsSigned_IsAccepted() => Assert.That(StatusChunk.Open(s_chunk, 2, 1, Sm3.Hash(s_chunk)).Chunk, Is.EqualTo(1));

    private static byte[] MakeChunk()
    {
        var list = new StatusList(2);
        list.Set(4096, new IndexEntry(LicenceStatus.InForce, new EntryTag(0x1111111111111111), StatusReason.None));
        list.Set(4097, new IndexEntry(LicenceStatus.Ended, new EntryTag(0x2222222222222222), StatusReason.Revoked));
        return list.Snapshot().EncodeChunk(1);
    }
}
