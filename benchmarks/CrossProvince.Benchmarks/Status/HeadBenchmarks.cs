using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Engines;
using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Signatures;
using CrossProvince.Core.Status;

namespace CrossProvince.Benchmarks.Status;

/// <summary>One second of a region with a hundred lists: a thousand changes at random places, then a head over all of it, signed. 88 million licences, 1 GB.</summary>
[MemoryDiagnoser]
[SimpleJob(RunStrategy.Monitoring, launchCount: 1, warmupCount: 2, iterationCount: 10)]
public class HeadBenchmarks
{
    private const int Lists = 100;
    private const int Changes = 1_000;
    private const int Allocated = StatusList.Capacity / 8 * 7;

    private readonly Random _random = new(1);
    private readonly SoftwareSigner _signer = SoftwareSigner.FromPem(SoftwareSigner.Generate(SignatureAlgorithm.Sm2));
    private RegionIndex _index = null!;
    private RegionSnapshot _published = null!;
    private long _time;

    [GlobalSetup]
    public void SetUp()
    {
        _index = new RegionIndex(new RegionCode(110000), Lists);
        _index.Load(
            Enumerable.Range(0, Lists).SelectMany(list => Enumerable.Range(0, Allocated).Select(i => (list, Place(i), Entry()))), (long)Lists * Allocated, new byte[Sm3.HashSize]);
        _published = _index.Publish(++_time);
    }

    /// <summary>Without keeping anything: every chunk of every list.</summary>
    [Benchmark(Baseline = true)]
    public int HashEverything()
    {
        var sum = 0;
        foreach (var list in _published.Lists)
        {
            for (var chunk = 0; chunk < list.ChunkCount; chunk++)
            {
                sum += Sm3.Hash(list.EncodeChunk(chunk))[0];
            }
        }

        return sum;
    }

    /// <summary>Only chunks that changed, each from its beginning: what was kept before, hashes of chunks alone.</summary>
    [Benchmark]
    public int HashChangedChunks()
    {
        var sum = 0;
        foreach (var place in Enumerable.Range(0, Changes).Select(_ => _random.Next(Lists * StatusList.MaxChunks)).Distinct())
        {
            sum += Sm3.Hash(_published.Lists[place / StatusList.MaxChunks].EncodeChunk(place % StatusList.MaxChunks))[0];
        }

        return sum;
    }

    /// <summary>A thousand licences suspended, or in force again.</summary>
    [Benchmark]
    public byte[] ChangeStatuses()
    {
        for (var i = 0; i < Changes; i++)
        {
            var (list, index) = (_random.Next(Lists), Place(_random.Next(Allocated)));
            var entry = _index.Find(list, index);
            _index.Apply(entry.Status == LicenceStatus.InForce
                ? Change(list, index, LicenceStatus.Suspended, entry.Tag, StatusReason.Suspended)
                : Change(list, index, LicenceStatus.InForce, entry.Tag, StatusReason.None));
        }

        return Publish();
    }

    /// <summary>A thousand new licences.</summary>
    [Benchmark]
    public byte[] AddLicences()
    {
        for (var i = 0; i < Changes; i++)
        {
            var (list, index) = (0, 0);
            do
            {
                (list, index) = (_random.Next(Lists), _random.Next(StatusList.Capacity));
            }
            while (_index.Find(list, index).Tag != EntryTag.None);
            _index.Apply(Change(list, index, LicenceStatus.InForce, Entry().Tag, StatusReason.None));
        }

        return Publish();
    }

    private byte[] Publish()
    {
        _published = _index.Publish(++_time);
        return StatusHeadDocument.Sign(_published.Head, _signer);
    }

    private StatusChange Change(int list, int index, LicenceStatus status, EntryTag tag, StatusReason reason) => new(_index.Seq + 1, _time, list, index, status, tag, reason);

    private IndexEntry Entry() => new(LicenceStatus.InForce, new EntryTag((ulong)_random.NextInt64() | 1), StatusReason.None);

    /// <summary>Spreads the allocated entries over the list, each its own place.</summary>
    private static int Place(int i) => (int)(i * 524_287L % StatusList.Capacity);
}
