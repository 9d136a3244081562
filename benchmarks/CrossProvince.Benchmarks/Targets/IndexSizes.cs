using System.Diagnostics;
using System.Globalization;
using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Signatures;
using CrossProvince.Core.Status;
using CrossProvince.Core.Verification;
using CrossProvince.Targets;

namespace CrossProvince.Benchmarks.Targets;

/// <summary>P7: what a verification costs by the number of licences in the index.</summary>
/// <remarks>
/// Before each turn a large memory is written, so that the processor's caches hold nothing of the index; then each code is verified once. All of
/// them are of different licences, chosen at random, as people at counters are.
/// </remarks>
internal static class IndexSizes
{
    private const int Codes = 24_576;
    private const int Batch = 64;
    private const int BytesOfLicence = 12;
    private static readonly byte[] s_elsewhere = new byte[512 << 20];

    public static IEnumerable<TargetLine> Measure(Plan plan)
    {
        var free = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        var sizes = plan.Licences.Where(licences => ((long)licences * BytesOfLicence * 2) + s_elsewhere.Length < free).Select(licences => new Size(licences)).ToList();
        var rounds = Math.Max(3, plan.Rounds / 2);
        foreach (var size in sizes)
        {
            size.Turn();
        }

        for (var round = 0; round < rounds; round++)
        {
            for (var i = 0; i < sizes.Count; i++)
            {
                sizes[(round + i) % sizes.Count].Turn();
            }
        }

        foreach (var (size, i) in sizes.Select((size, i) => (size, i)))
        {
            var least = i == 0 ? null : sizes[0];
            yield return size.Line(least, "one code", "一个码", s => s.One);
            yield return size.Line(least, $"a code of batches of {Batch}", $"{Batch} 个码一批中的一个", s => s.Together);
            yield return size.Line(least, "the look-up alone", "仅查索引", s => s.LookUp) with { Goal = null, IsHeadline = false };
            yield return new TargetLine
            {
                Target = "P7",
                What = new($"memory of {size.Name} licences", $"{size.Name} 个证照的索引内存"),
                Measured = new(size.Bytes / 1e6, "MB"),
                Note = size == sizes[^1] && sizes.Count < plan.Licences.Count ? $"{NameOf(plan.Licences[^1])} were left out: this machine has too little memory." : null,
            };
        }
    }

    private static string NameOf(int licences) => (licences / 1e6).ToString("0.## M", CultureInfo.InvariantCulture);

    private sealed class Size
    {
        private readonly Case _one;
        private readonly Case _together;
        private readonly LicenceIndex _index;
        private readonly (RegionCode Region, int List, int Index)[] _entries;
        private readonly List<double> _ones = [];
        private readonly List<double> _togethers = [];
        private readonly List<double> _lookUps = [];

        public Size(int licences)
        {
            var before = GC.GetTotalMemory(forceFullCollection: true);
            var scenery = new Scenery(SignatureAlgorithm.Sm2, keys: 1, licences);
            Bytes = GC.GetTotalMemory(forceFullCollection: true) - before;
            Name = NameOf(licences);
            _index = scenery.Data.Index;
            var codes = scenery.Sign(Codes);
            var verifier = new LicenceVerifier(new TableSignatureVerifier(), new VerifyingRules());
            _one = Scans.Of(verifier, scenery, codes.Take(Codes / 4), Verdict.Valid).OneByOne();
            _together = Scans.Of(verifier, scenery, codes.Skip(Codes / 4).Take(Codes / 2), Verdict.Valid).InBatches(Batch);
            _entries = [.. codes.Skip(Codes / 4 * 3).Select(code => (code.Region, code.List, code.Index))];
        }

        public string Name { get; }

        /// <summary>What the index takes.</summary>
        public long Bytes { get; }

        // The first turn warms the code up.
        public Times One => new([.. _ones.Skip(1)]);

        public Times Together => new([.. _togethers.Skip(1)]);

        public Times LookUp => new([.. _lookUps.Skip(1)]);

        /// <summary>Verifies every code once, beginning with cold caches.</summary>
        public void Turn()
        {
            s_elsewhere.AsSpan().Fill((byte)_ones.Count);
            _ones.Add(Time(Codes / 4, _one));
            _togethers.Add(Time(Codes / 2, _together));
            var start = Stopwatch.GetTimestamp();
            var known = 0;
            foreach (var (region, list, index) in _entries)
            {
                known += _index.Find(region)!.Find(list, index).Status == LicenceStatus.InForce ? 1 : 0;
            }

            _lookUps.Add(Stopwatch.GetElapsedTime(start).TotalNanoseconds / known);
        }

        /// <summary>Its times, beside those of the smallest index; of that null is given.</summary>
        public TargetLine Line(Size? least, string en, string zh, Func<Size, Times> times) => new()
        {
            Target = "P7",
            What = new($"{en}, {Name} licences", $"{zh}，{Name} 个证照"),
            Measured = times(this).Microseconds,
            Baseline = least is null ? null : new($"{least.Name} licences", $"{least.Name} 个证照"),
            BaselineMeasured = least is null ? null : times(least).Microseconds,
            Ratio = least is null ? null : times(this).TimesAsDearAs(times(least)),
            Goal = least is null ? null : new Goal(GoalKind.RatioAtMost, 1.2),
            IsHeadline = least is not null && Name == "100 M",
        };

        private static double Time(int codes, Case scan)
        {
            var start = Stopwatch.GetTimestamp();
            for (var done = 0; done < codes;)
            {
                done += scan.Run();
            }

            return Stopwatch.GetElapsedTime(start).TotalNanoseconds / codes;
        }
    }
}
