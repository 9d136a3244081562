using System.Formats.Cbor;
using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Signatures;
using CrossProvince.Core.Signatures.Hashing;
using CrossProvince.Core.Status;

namespace CrossProvince.Core.Tests.Status;

/// <summary>What is hashed piece by piece is always the SM3 of the chunk's whole CBOR, as a general writer makes it.</summary>
public sealed class ChunkHashingTests
{
    [TestCase(0)]
    [TestCase(23)]
    [TestCase(24)]
    [TestCase(255)]
    [TestCase(256)]
    [TestCase(65_535)]
    public void ChunkHashes_AnyNumbers_AreThoseOfTheWholeChunk(int number)
    {
        var random = new Random(number);
        var list = new StatusList(number);
        for (var i = 0; i < 3_000; i++)
        {
            list.Set(random.Next(StatusList.Capacity), Entry(random));
        }

        list.Set(StatusList.Capacity - 1, Entry(random));
        Check(list.Snapshot(), chunk => Model(list, chunk));
    }

    [Test]
    public void ChunkHashes_NoReasonsAndAllReasons_AreThoseOfTheWholeChunk()
    {
        var list = new StatusList(7);
        for (var i = 0; i < StatusList.ChunkSize; i++)
        {
            list.Set(StatusList.ChunkSize + i, new IndexEntry(LicenceStatus.Ended, new EntryTag((ulong)i + 1), (StatusReason)(1 + (i % 255))));
        }

        Check(list.Snapshot(), chunk => Model(list, chunk));
    }

    // Chunks that were hashed before are hashed again after changes of status, new entries, and both.
    [Test]
    public void ChunkHashes_AfterChanges_AreThoseOfTheWholeChunk()
    {
        var random = new Random(20_261_123);
        var list = new StatusList(300);
        list.Set(12 * StatusList.ChunkSize, Entry(random));
        var taken = new List<int>();
        for (var round = 0; round < 40; round++)
        {
            for (var i = random.Next(1, 30); i > 0; i--)
            {
                var index = taken.Count > 0 && random.Next(2) == 0 ? taken[random.Next(taken.Count)] : random.Next(12 * StatusList.ChunkSize);
                var tag = list.Read(index).Tag;
                list.Set(index, Entry(random) with { Tag = tag == EntryTag.None ? new EntryTag((ulong)random.NextInt64() | 1) : tag });
                taken.Add(index);
            }

            Check(list.Snapshot(), chunk => Model(list, chunk));
        }
    }

    [Test]
    public void Snapshot_ChangesSince_SaysWhatItSaid()
    {
        var random = new Random(5);
        var list = new StatusList(1);
        list.Set(10, Entry(random));
        var kept = new List<(StatusListSnapshot Snapshot, byte[] Bytes)>();
        for (var i = 0; i < 60; i++)
        {
            var snapshot = list.Snapshot();
            if (i % 3 == 0)
            {
                // Hashed now or only later: it must not matter.
                _ = snapshot.ChunkHashes;
            }

            kept.Add((snapshot, snapshot.EncodeChunk(0)));
            list.Set(i % 2 == 0 ? 10 : i, Entry(random) with { Tag = i % 2 == 0 ? list.Read(10).Tag : new EntryTag((ulong)i + 1) });
        }

        foreach (var (snapshot, bytes) in kept)
        {
            Assert.That(snapshot.EncodeChunk(0), Is.EqualTo(bytes));
            Assert.That(snapshot.ChunkHashes[..32].ToArray(), Is.EqualTo(Sm3.Hash(bytes)));
        }
    }

    [Test]
    public void ComputeStates_EachWidth_IsTheSame([Values(1, 2, 3, 7, 8, 9, 15, 16, 17)] int count)
    {
        var random = new Random(count);
        (int List, ChunkTags Tags)[] Make() => [.. Enumerable.Range(0, count).Select(i => (i * 300 % 65_536, new ChunkTags(Values(new Random(i)))))];
        var (one, eight, sixteen) = (Make(), Make(), Make());

        ChunkHashing.ComputeStates<OneWord>(one);
        Assume.That(EightWords.IsSupported, "Lanes need AVX2.");
        ChunkHashing.ComputeStates<EightWords>(eight);
        Assert.That(States(eight), Is.EqualTo(States(one)));
        Assume.That(SixteenWords.IsSupported, "Sixteen lanes need AVX-512.");
        ChunkHashing.ComputeStates<SixteenWords>(sixteen);
        Assert.That(States(sixteen), Is.EqualTo(States(one)));

        // They are sorted by where they begin.
        static IEnumerable<string> States((int List, ChunkTags Tags)[] chunks) => chunks.Select(chunk => $"{chunk.List} {Convert.ToHexString(chunk.Tags.States!)}").Order();
        static ulong[] Values(Random random) => [.. Enumerable.Range(0, StatusList.ChunkSize).Select(_ => (ulong)random.NextInt64())];
    }

    // New entries in each eighth, at its very ends, several in one chunk and in many chunks at once: hashing goes on where it must.
    [TestCase(3)]
    [TestCase(300)]
    public void ChunkHashes_NewEntriesAtTheEndsOfEachEighth_AreThoseOfTheWholeChunk(int number)
    {
        const int Eighth = StatusList.ChunkSize / ChunkTags.Eighths;
        var random = new Random(number);
        var list = new StatusList(number);
        list.Set((20 * StatusList.ChunkSize) - 1, Entry(random));
        Check(list.Snapshot(), chunk => Model(list, chunk));
        for (var round = 0; round < ChunkTags.Eighths; round++)
        {
            for (var chunk = 0; chunk < 20; chunk++)
            {
                var first = (chunk * StatusList.ChunkSize) + ((round + chunk) % ChunkTags.Eighths * Eighth);
                list.Set(chunk % 2 == 0 ? first : first + Eighth - 1 - (chunk % 5), Entry(random));
                list.Set(first + (Eighth / 2), Entry(random));
            }

            Check(list.Snapshot(), chunk => Model(list, chunk));
        }
    }

    // A list is closed at seven eighths: what a million licences take then, one in a hundred of them not in force.
    [Test]
    public void RegionIndex_AMillionLicences_TakeTenMegabytes()
    {
        const int Licences = StatusList.Capacity / 8 * 7;
        var random = new Random(1);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var index = new RegionIndex(new RegionCode(110000), 1);
        index.Load(
            Enumerable.Range(0, Licences).Select(i => (0, (int)(i * 524_287L % StatusList.Capacity), i % 100 == 0
                ? new IndexEntry(LicenceStatus.Ended, new EntryTag((ulong)random.NextInt64() | 1), StatusReason.Revoked)
                : new IndexEntry(LicenceStatus.InForce, new EntryTag((ulong)random.NextInt64() | 1), StatusReason.None))),
            Licences,
            new byte[Sm3.HashSize]);
        index.Publish(1);
        var bytes = GC.GetTotalMemory(forceFullCollection: true) - before;

        var perMillion = bytes * 1e6 / Licences / 1e6;
        TestContext.Progress.WriteLine($"The licence index takes {perMillion:F2} MB of memory a million licences.");
        Assert.That(index.FindList(0)!.Allocated, Is.EqualTo(Licences));
        Assert.That(perMillion, Is.InRange(9.3, 10));
    }

    private static IndexEntry Entry(Random random)
    {
        var status = (LicenceStatus)random.Next(4);
        return new IndexEntry(status, new EntryTag((ulong)random.NextInt64() | 1), status == LicenceStatus.InForce ? StatusReason.None : (StatusReason)random.Next(1, 256));
    }

    private static void Check(StatusListSnapshot snapshot, Func<int, byte[]> model)
    {
        for (var chunk = 0; chunk < snapshot.ChunkCount; chunk++)
        {
            var expected = model(chunk);
            Assert.That(snapshot.EncodeChunk(chunk).AsSpan().SequenceEqual(expected), Is.True, $"CBOR of chunk {chunk}");
            Assert.That(snapshot.ChunkHashes.Slice(chunk * 32, 32).ToArray(), Is.EqualTo(Sm3.Hash(expected)), $"hash of chunk {chunk}");
        }

        Assert.That(snapshot.Root.ToArray(), Is.EqualTo(Sm3.Hash(snapshot.ChunkHashes.Span)));
    }

    /// <summary>The chunk as a general CBOR writer makes it from what the list answers (docs/signed-documents.md, "Chunk").</summary>
    private static byte[] Model(StatusList list, int chunk)
    {
        var entries = Enumerable.Range(chunk * StatusList.ChunkSize, StatusList.ChunkSize).Select(list.Read).ToArray();
        var status = new byte[StatusList.ChunkSize / 4];
        for (var i = 0; i < entries.Length; i++)
        {
            status[i / 4] |= (byte)((int)entries[i].Status << (i % 4 * 2));
        }

        var writer = new CborWriter(CborConformanceMode.Canonical);
        writer.WriteStartMap(5);
        writer.WriteTextString("list");
        writer.WriteInt32(list.Number);
        writer.WriteTextString("chunk");
        writer.WriteInt32(chunk);
        writer.WriteTextString("status");
        writer.WriteByteString(status);
        writer.WriteTextString("tags");
        writer.WriteByteString([.. entries.SelectMany(entry => entry.Tag.ToBytes())]);
        writer.WriteTextString("reasons");
        var reasons = Enumerable.Range(0, entries.Length).Where(i => entries[i].Reason != StatusReason.None).ToArray();
        writer.WriteStartMap(reasons.Length);
        foreach (var i in reasons)
        {
            writer.WriteInt32(i);
            writer.WriteInt32((int)entries[i].Reason);
        }

        writer.WriteEndMap();
        writer.WriteEndMap();
        return writer.Encode();
    }
}
