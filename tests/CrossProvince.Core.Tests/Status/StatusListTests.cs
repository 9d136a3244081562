using CrossProvince.Core.Signatures;
using CrossProvince.Core.Status;
using CrossProvince.Core.Tests.Trust;

namespace CrossProvince.Core.Tests.Status;

public sealed class StatusListTests
{
    private static readonly IndexEntry s_inForce = new(LicenceStatus.InForce, new EntryTag(0x1111111111111111), StatusReason.None);
    private static readonly IndexEntry s_revoked = new(LicenceStatus.Ended, new EntryTag(0x2222222222222222), StatusReason.Revoked);

    [TestCase(0)]
    [TestCase(4095)]
    [TestCase(4096)]
    [TestCase((1 << 20) - 1)]
    public void Set_Index_IsReadBack(int index)
    {
        var list = new StatusList(3);

        list.Set(index, s_revoked);

        Assert.That((list.Read(index), list.Read(index ^ 1), list.Allocated, list.ChunkCount), Is.EqualTo((s_revoked, IndexEntry.Unallocated, 1, (index >> 12) + 1)));
    }

    [TestCase(-1)]
    [TestCase(1 << 20)]
    [TestCase(int.MaxValue)]
    [TestCase(int.MinValue)]
    public void Read_BeyondTheList_IsUnallocated(int index)
    {
        var list = new StatusList(0);
        list.Set((1 << 20) - 1, s_inForce);

        Assert.That(list.Read(index), Is.EqualTo(IndexEntry.Unallocated));
    }

    [TestCase(-1)]
    [TestCase(1 << 20)]
    public void Set_BeyondTheList_Throws(int index) => Assert.That(() => new StatusList(0).Set(index, s_inForce), Throws.InstanceOf<ArgumentException>());

    [TestCase(LicenceStatus.InForce, 1ul, StatusReason.Revoked)]
    [TestCase(LicenceStatus.Ended, 1ul, StatusReason.None)]
    [TestCase(LicenceStatus.InForce, 0ul, StatusReason.None)]
    [TestCase(LicenceStatus.NotActive, 0ul, StatusReason.SourceUnknown)]
    [TestCase((LicenceStatus)4, 1ul, StatusReason.Revoked)]
    public void Set_Inconsistent_Throws(LicenceStatus status, ulong tag, StatusReason reason) =>
        Assert.That(() => new StatusList(0).Set(0, new IndexEntry(status, new EntryTag(tag), reason)), Throws.ArgumentException);

    [Test]
    public void Set_Random_AgreesWithDictionary()
    {
        var random = new Random(20260731);
        var list = new StatusList(0);
        var model = new Dictionary<int, IndexEntry>();
        for (var i = 0; i < 20_000; i++)
        {
            var status = (LicenceStatus)random.Next(4);
            var entry = new IndexEntry(status, new EntryTag((ulong)random.NextInt64() | 1), status == LicenceStatus.InForce ? StatusReason.None : (StatusReason)random.Next(1, 256));
            var index = random.Next(9000);
            list.Set(index, entry);
            model[index] = entry;
            if (i % 997 == 0)
            {
                list.Snapshot();
            }
        }

        Assert.That(Enumerable.Range(0, 9000).All(index => list.Read(index) == model.GetValueOrDefault(index, IndexEntry.Unallocated)), Is.True);
        Assert.That(list.Allocated, Is.EqualTo(model.Count));
    }

    [Test]
    public void Read_WhileWriting_NeverMixesTwoStates()
    {
        const int Index = 4097;
        var list = new StatusList(0);
        list.Set(Index, s_inForce);
        var mixed = 0;
        var reads = 0L;
        using var stop = new CancellationTokenSource();
        var readers = Enumerable.Range(0, 2).Select(_ => Task.Run(() =>
        {
            while (!stop.IsCancellationRequested)
            {
                var entry = list.Read(Index);
                Interlocked.Increment(ref reads);
                if (entry != s_inForce && entry != s_revoked)
                {
                    Interlocked.Increment(ref mixed);
                }
            }
        })).ToArray();

        var end = DateTime.UtcNow.AddSeconds(1);
        for (var i = 0; DateTime.UtcNow < end; i++)
        {
            list.Set(Index, (i & 1) == 0 ? s_revoked : s_inForce);
            if (i % 1000 == 0)
            {
                list.Snapshot();
            }
        }

        stop.Cancel();
        Task.WaitAll(readers);
        Assert.That((mixed, reads > 1000), Is.EqualTo((0, true)));
    }

    [Test]
    public void Read_Any_AllocatesNothing()
    {
        var list = new StatusList(0);
        list.Set(5, s_revoked);

        Assert.That(
            Allocated.Least(() =>
            {
                for (var i = 0; i < 1000; i++)
                {
                    list.Read(i);
                }
            }),
            Is.Zero);
    }

    [Test]
    public void Snapshot_LaterChanges_DoNotShow()
    {
        var list = new StatusList(0);
        list.Set(5, s_inForce);
        var before = list.Snapshot();
        var root = before.Root.ToArray();
        var chunk = before.EncodeChunk(0);

        list.Set(5, s_revoked);
        list.Set(5000, s_inForce);

        Assert.That((before.ChunkCount, before.Allocated), Is.EqualTo((1, 1)));
        Assert.That(before.EncodeChunk(0), Is.EqualTo(chunk));
        Assert.That(Sm3.Hash(Sm3.Hash(chunk)), Is.EqualTo(root));
        Assert.That(list.Snapshot().Root.ToArray(), Is.Not.EqualTo(root));
    }

    [Test]
    public void EncodeChunk_FixedEntries_IsGolden()
    {
        var list = new StatusList(300);
        list.Set(4096, s_inForce);
        list.Set(4097, s_revoked);
        list.Set(8191, s_revoked with { Status = LicenceStatus.Suspended, Reason = StatusReason.Frozen });

        var status = new byte[1024];
        Array.Fill(status, (byte)0xFF);
        status[0] = 0b1111_0100;
        status[1023] = 0b1011_1111;
        var tags = new byte[32768];
        Array.Fill(tags, (byte)0x11, 0, 8);
        Array.Fill(tags, (byte)0x22, 8, 8);
        Array.Fill(tags, (byte)0x22, 32760, 8);
        var expected = RawCbor.Join(
            0xA5, "list", RawCbor.Hex("19012C"), "tags", RawCbor.Blob(tags), "chunk", 1, "status", RawCbor.Blob(status),
            "reasons", RawCbor.Hex("A2 01 01 190FFF 0B"));
        var snapshot = list.Snapshot();
        Assert.That(snapshot.EncodeChunk(1), Is.EqualTo(expected));
        Assert.That(snapshot.ChunkHashes[32..].ToArray(), Is.EqualTo(Sm3.Hash(expected)));
        Assert.That(Convert.ToHexStringLower(snapshot.Root.Span), Is.EqualTo("e0282ba2f06c2f920f9bb29535d202a2c672bc432bc2da444c7bdff19e8877af"));
    }

    [Test]
    public void Snapshot_EmptyList_HasRootOfNothing() => Assert.That(
        Convert.ToHexStringLower(new StatusList(0).Snapshot().Root.Span),
        Is.EqualTo("1ab21d8355cfa17f8e61194831e81a8f22bec8c728fefb747ed035eb5082aa2b"));

    [TestCase(-1)]
    [TestCase(65536)]
    public void New_NumberOutOfRange_Throws(int number) => Assert.That(() => new StatusList(number), Throws.TypeOf<ArgumentOutOfRangeException>());
}
