using CrossProvince.Faults.Tests.History;
using CrossProvince.Faults.Tests.Load;

namespace CrossProvince.Faults.Tests.Provinces;

/// <summary>The counters of one province that scan the codes of one province, their own or another.</summary>
internal sealed class ProvinceCounter
{
    private const int Terminals = 2;

    private static readonly TimeSpan s_betweenScans = TimeSpan.FromMilliseconds(150);
    private static readonly TimeSpan s_betweenDisclosures = TimeSpan.FromMilliseconds(700);

    private readonly Counter _counter;
    private readonly ProvinceLoad _holders;
    private readonly int _seed;

    /// <summary>Opens them.</summary>
    /// <param name="at">Where they are.</param>
    /// <param name="of">Whose codes they scan.</param>
    /// <param name="holders">Who shows those codes.</param>
    /// <param name="seed">Of what they scan.</param>
    public ProvinceCounter(Province at, Province of, ProvinceLoad holders, int seed)
    {
        (At, Of, _holders, _seed) = (at, of, holders, seed);
        _counter = new Counter(at, Book, new Insistence(Book));
    }

    public Province At { get; }

    public Province Of { get; }

    /// <summary>What they were answered.</summary>
    public Book Book { get; } = new();

    /// <summary>Works until it is told to stop.</summary>
    public Task RunAsync(CancellationToken stopping)
    {
        var (random, others, firms) = (new Random(_seed), new Random(_seed + 1), new Random(_seed + 2));
        return Task.WhenAll(
            Repeat.UntilAsync(Book, s_betweenScans, () => ScanAsync([.. _holders.Codes(random)], random), stopping),
            Repeat.UntilAsync(Book, s_betweenDisclosures, () => ScanAsync(_holders.Disclosing(others) is { } code ? [code] : [], others), stopping),
            Repeat.UntilAsync(Book, s_betweenDisclosures, () => ScanAsync([.. _holders.OnceEverywhere(firms)], firms), stopping));
    }

    private Task ScanAsync(List<HeldCode> codes, Random random) => codes.Count == 0
        ? Task.CompletedTask
        : _counter.VerifyAsync([At.Number], codes.ConvertAll(code => (code, $"window-{At.Number}-{random.Next(Terminals)}")));
}
