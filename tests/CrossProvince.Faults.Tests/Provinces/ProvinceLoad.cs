using System.Collections.Concurrent;
using CrossProvince.Contracts.Licences.V1;
using CrossProvince.Faults.Tests.History;
using CrossProvince.Faults.Tests.Load;
using CrossProvince.Integration.Tests.Processes;

namespace CrossProvince.Faults.Tests.Provinces;

/// <summary>The authority and the holders of one province, who work without rest, whether it is cut off or not.</summary>
internal sealed class ProvinceLoad
{
    private const int Cards = 24;
    private const int Others = 100;
    private const int Firms = 4;
    private const int KeptCodes = 24;

    /// <summary>Fields that the issuing province is asked for.</summary>
    public const string DisclosingScenario = "hotel-checkin";

    /// <summary>Nobody scans a code in the last moments of its life.</summary>
    private const long LastMomentsMilliseconds = 5_000;

    private static readonly TimeSpan s_betweenImports = TimeSpan.FromMilliseconds(700);
    private static readonly TimeSpan s_betweenChanges = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan s_betweenCardChanges = TimeSpan.FromMilliseconds(600);
    private static readonly TimeSpan s_betweenEnds = TimeSpan.FromSeconds(12);
    private static readonly TimeSpan s_betweenNewCards = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan s_betweenShowings = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan s_betweenFirms = TimeSpan.FromMilliseconds(1_200);

    private readonly Province _province;
    private readonly int _seed;
    private readonly CardIndex _cards;
    private readonly Office _office;
    private readonly ConcurrentQueue<Card> _newCards = new();
    private readonly ConcurrentQueue<HeldCode> _once = new();
    private readonly ConcurrentQueue<HeldCode> _disclosing = new();
    private readonly ConcurrentQueue<HeldCode> _everywhere = new();
    private readonly List<Card> _firms = [];

    public ProvinceLoad(Province province, int seed)
    {
        (_province, _seed) = (province, seed);
        var insistence = new Insistence(Book);
        _cards = new CardIndex(province, Book, insistence);
        _office = new Office(province, Book, _cards, insistence, seed + 1);
    }

    /// <summary>What the authority and the holders were answered.</summary>
    public Book Book { get; } = new();

    /// <summary>All that were shown.</summary>
    public IEnumerable<Card> All => [.. _cards.Cards, .. _newCards, .. _firms];

    /// <summary>Imports what is to be shown and changed.</summary>
    public async Task PrepareAsync()
    {
        await _cards.PrepareAsync(Cards, Others, _seed);
        for (var i = 0; i < Firms; i++)
        {
            _firms.Add(await _cards.TakeInAsync(await _office.ImportAsync(Importing.IsBusinessLicence), Fate.Stays));
        }
    }

    /// <summary>Works until it is told to stop.</summary>
    public Task RunAsync(CancellationToken stopping)
    {
        var (imports, changes, cardChanges, showings, firms) = (new Random(_seed), new Random(_seed + 1), new Random(_seed + 2), new Random(_seed + 3), new Random(_seed + 4));
        var moving = _cards.Cards.Where(card => card.Fate == Fate.Moves).ToList();
        var ending = new Queue<Card>(_cards.Cards.Where(card => card.Fate == Fate.Ends));
        return Task.WhenAll(
            Go(s_betweenImports, () => _office.ImportAsync(imports)),
            Go(s_betweenChanges, () => _office.ChangeOthersAsync(changes)),
            Go(s_betweenCardChanges, () => MoveAsync(moving[cardChanges.Next(moving.Count)])),
            Go(s_betweenEnds, () => ending.TryDequeue(out var card) ? _office.ChangeAsync(card, LicenceStatus.Revoked, _province.Number) : Task.CompletedTask),
            Go(s_betweenNewCards, async () => _newCards.Enqueue(await _cards.TakeInAsync(await _office.ImportAsync(Importing.IsIdentityCard), Fate.Stays))),
            Go(s_betweenShowings, () => ShowAsync(_cards.Cards[showings.Next(_cards.Cards.Count)])),
            Go(s_betweenFirms, async () => Keep(_everywhere, await _cards.ShowForAsync(_firms[firms.Next(Firms)], _province.Number, HeldCode.OnceEverywhere))));

        Task Go(TimeSpan pause, Func<Task> work) => Repeat.UntilAsync(Book, pause, work, stopping);
    }

    /// <summary>Codes that may be shown now, wherever their holders are: the licences', those of licences that are new, and those that one counter may use.</summary>
    public IEnumerable<HeldCode> Codes(Random random)
    {
        foreach (var card in Some([.. _cards.Cards], 4, random).Concat(Some([.. _newCards.TakeLast(6)], 2, random)))
        {
            if (card.Lasting is { } code && IsAlive(code))
            {
                yield return code;
            }
        }

        foreach (var code in Some([.. _once.Where(IsAlive)], 3, random))
        {
            yield return code;
        }
    }

    /// <summary>A code whose scenario grants fields that the issuing province alone has; null when there is none.</summary>
    public HeldCode? Disclosing(Random random) => Some([.. _disclosing.Where(IsAlive)], 1, random).FirstOrDefault();

    private Task MoveAsync(Card card) => _office.ChangeAsync(card, card.Life.Newest == LicenceStatus.Valid ? LicenceStatus.Suspended : LicenceStatus.Valid, _province.Number);

    /// <summary>The newest codes that may be used once in all provinces together, so that counters of several are after the same.</summary>
    public IEnumerable<HeldCode> OnceEverywhere(Random random) => Some([.. _everywhere.Where(IsAlive).TakeLast(3)], 1, random);

    private async Task ShowAsync(Card card)
    {
        await _cards.KeepLastingAsync(card, _province.Number);
        Keep(_once, await _cards.ShowOnceAsync(card, _province.Number));
        Keep(_disclosing, await _cards.ShowForAsync(card, _province.Number, DisclosingScenario));
    }

    private static void Keep(ConcurrentQueue<HeldCode> codes, HeldCode? code)
    {
        if (code is not null)
        {
            codes.Enqueue(code);
        }

        while (codes.Count > KeptCodes && codes.TryDequeue(out _))
        {
        }
    }

    private static bool IsAlive(HeldCode code) => code.ExpiresAt > Outages.Now() + LastMomentsMilliseconds;

    private static IEnumerable<T> Some<T>(IReadOnlyList<T> all, int most, Random random) => all.Count == 0 ? [] : Enumerable.Range(0, most).Select(_ => all[random.Next(all.Count)]).Distinct();
}
