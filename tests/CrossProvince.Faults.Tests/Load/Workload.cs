using CrossProvince.Contracts.Licences.V1;
using CrossProvince.Contracts.Verification.V1;
using CrossProvince.Core.Presentation;
using CrossProvince.Core.Signatures;
using CrossProvince.Faults.Tests.History;
using CrossProvince.Faults.Tests.Region;

namespace CrossProvince.Faults.Tests.Load;

/// <summary>An authority, holders and counters who work without rest, whether all parts of the region live or not.</summary>
internal sealed class Workload
{
    private const int NewCodes = 8;
    private const int PartnerCodes = 30;
    private const int OldCodes = 32;
    private const int LastingCodes = 16;
    private const int Terminals = 4;
    private const int KeptCodes = 400;
    private const int PartnerLifeSeconds = 90;
    private const int CounterCheck = 1;

    /// <summary>Nobody scans a code in the last moments of its life.</summary>
    private const long LastMomentsMilliseconds = 5_000;

    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(300);

    private readonly RegionUnderTest _region;
    private readonly Book _book;
    private readonly int _seed;
    private readonly Counter _counter;
    private readonly Office _office;
    private readonly CardIndex _cards;
    private readonly ISigner _codeKey;
    private int _partnerCodes;

    public Workload(RegionUnderTest region, Book book, int seed)
    {
        (_region, _book, _seed) = (region, book, seed);
        var insistence = new Insistence(book);
        _counter = new Counter(region, book, insistence);
        _cards = new CardIndex(region, book, insistence);
        _office = new Office(region, book, _cards, insistence, seed + 1);
        _codeKey = SoftwareSigner.FromPem(File.ReadAllText(region.Federation.PathOf(Path.Combine("certs", RegionUnderTest.Beijing.ToString(), "keys", "code.key.pem"))));
    }

    /// <summary>Scans.</summary>
    public Counter Counter => _counter;

    /// <summary>What is shown.</summary>
    public CardIndex Cards => _cards;

    /// <summary>Imports what is to be shown and changed.</summary>
    public Task PrepareAsync(int cards, int others) => _cards.PrepareAsync(cards, others, _seed);

    /// <summary>Works until enough is done, and until something else that goes on meanwhile is over.</summary>
    public async Task RunAsync(Progress progress, Func<Task> meanwhile)
    {
        var work = WorkAsync(progress);
        try
        {
            await meanwhile();
        }
        catch
        {
            progress.Stop();
            throw;
        }
        finally
        {
            await work;
        }
    }

    private Task WorkAsync(Progress progress)
    {
        var clients = new List<Task>
        {
            Repeat(progress, Import(new Random(_seed))),
            Repeat(progress, ChangeOthers(new Random(_seed + 1), progress)),
            Repeat(progress, ChangeACardAndAsk(new Random(_seed + 2), progress)),
        };
        for (var node = 0; node < _region.OwnNodes; node++)
        {
            clients.Add(Repeat(progress, ShowAndVerify(node, new Random(_seed + 10 + node), progress)));
        }

        if (_region.HasPartner)
        {
            clients.Add(Repeat(progress, VerifyAtThePartner(new Random(_seed + 20), progress)));
        }

        return Task.WhenAll(clients);
    }

    /// <summary>A code of a card for Tianjin, made with Beijing's own key as its node would.</summary>
    public HeldCode MakeForPartner(Card card)
    {
        var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        var template = card.Template with { Claims = card.Template.Claims with { Scenario = CounterCheck } };
        var text = PresentationText.Write(template.Sign(now, PartnerLifeSeconds, _codeKey));
        return new HeldCode(card.Life, $"partner-{Interlocked.Increment(ref _partnerCodes)}", text, (now + PartnerLifeSeconds) * 1_000, "counter-check", IsSingleUse: true);
    }

    private async Task Repeat(Progress progress, Func<Task> work)
    {
        try
        {
            while (!progress.IsDone)
            {
                await work();
            }
        }
        catch (Exception e)
        {
            // Whatever is away: nobody has any business to answer anything else.
            _book.Wrong.Enqueue(e.ToString());
            progress.Stop();
        }
    }

    private Func<Task> Import(Random random) => async () =>
    {
        await _office.ImportAsync(random);
        await Task.Delay(100);
    };

    private Func<Task> ChangeOthers(Random random, Progress progress) => async () =>
    {
        await progress.BeforeChangeAsync();
        progress.CountChanges(await _office.ChangeOthersAsync(random));
    };

    /// <summary>Changes a card and asks every node about it at once, with codes that were made before.</summary>
    private Func<Task> ChangeACardAndAsk(Random random, Progress progress)
    {
        var moving = _cards.Cards.Where(card => card.Fate == Fate.Moves).ToList();
        var ending = new Queue<Card>(_cards.Cards.Where(card => card.Fate == Fate.Ends));
        var all = ending.Count;
        return async () =>
        {
            // The ends are spread over the whole load.
            var isEnd = ending.Count > 0 && ending.Count >= all * (1 - progress.Share);
            var card = isEnd ? ending.Dequeue() : moving[random.Next(moving.Count)];
            var status = isEnd ? LicenceStatus.Revoked : card.Life.Newest == LicenceStatus.Valid ? LicenceStatus.Suspended : LicenceStatus.Valid;
            var node = random.Next(_region.OwnNodes);
            if (isEnd && card.Lasting is null)
            {
                await _cards.RefreshAsync(card, node);
            }

            await _office.ChangeAsync(card, status, node);
            progress.CountChanges(1);
            await AskAllAsync(card, progress);
        };
    }

    private async Task AskAllAsync(Card card, Progress progress)
    {
        var asked = new List<Task<IReadOnlyList<Answer>>>();
        for (var node = 0; node < _region.OwnNodes && card.Lasting is { } code; node++)
        {
            asked.Add(_counter.VerifyAsync(_region.OwnFrom(node), [(code, $"watch-{node}")]));
        }

        if (_region.HasPartner)
        {
            asked.Add(_counter.VerifyAsync([_region.OwnNodes], [(MakeForPartner(card), "watch-2")]));
        }

        progress.CountVerifications((await Task.WhenAll(asked)).Sum(CountDecided));
    }

    /// <summary>Shows cards and scans them: twice by one terminal, once by another, and at the same time at the other node.</summary>
    private Func<Task> ShowAndVerify(int node, Random random, Progress progress)
    {
        var kept = new List<HeldCode>();
        var round = 0;
        return async () =>
        {
            await progress.BeforeVerificationAsync();
            round++;
            var shown = await Task.WhenAll(Enumerable.Range(0, NewCodes).Select(_ => _cards.ShowOnceAsync(_cards.Cards[random.Next(_cards.Cards.Count)], node)));
            var fresh = shown.OfType<HeldCode>().ToList();
            var scans = fresh.SelectMany(code => new[] { (code, Terminal(node, 0)), (code, Terminal(node, 0)), (code, Terminal(node, 1)) }).ToList();
            scans.AddRange(Some(kept, OldCodes, random).Select(code => (code, Terminal(node, random.Next(Terminals)))));
            foreach (var card in Enumerable.Range(0, LastingCodes).Select(_ => _cards.Cards[random.Next(_cards.Cards.Count)]))
            {
                await _cards.KeepLastingAsync(card, node);
                if (card.Lasting is { } code)
                {
                    scans.Add((code, Terminal(node, random.Next(Terminals))));
                }
            }

            var rivals = fresh.ConvertAll(code => (code, Terminal(node, 2)));
            var answers = await Task.WhenAll(VerifySomeAsync(_region.OwnFrom(node), scans), VerifySomeAsync(_region.OwnFrom(node + 1), rivals));
            progress.CountVerifications(answers.Sum());
            Keep(kept, fresh);
        };
    }

    private Func<Task> VerifyAtThePartner(Random random, Progress progress)
    {
        var kept = new List<HeldCode>();
        return async () =>
        {
            await progress.BeforeVerificationAsync();
            var fresh = Enumerable.Range(0, PartnerCodes).Select(_ => MakeForPartner(_cards.Cards[random.Next(_cards.Cards.Count)])).ToList();
            var scans = fresh.SelectMany(code => new[] { (code, Terminal(2, 0)), (code, Terminal(2, 0)), (code, Terminal(2, 1)) }).ToList();
            scans.AddRange(Some(kept, OldCodes, random).Select(code => (code, Terminal(2, random.Next(Terminals)))));
            progress.CountVerifications(await VerifySomeAsync([_region.OwnNodes], scans));
            Keep(kept, fresh);
        };
    }

    /// <summary>Scans, and waits a moment where a node can decide nothing now.</summary>
    /// <returns>How many answers decide: only these are counted as done.</returns>
    private async Task<int> VerifySomeAsync(IReadOnlyList<int> nodes, List<(HeldCode Code, string Terminal)> scans)
    {
        if (scans.Count == 0)
        {
            return 0;
        }

        var decided = CountDecided(await _counter.VerifyAsync(nodes, scans));
        if (decided == 0)
        {
            await Task.Delay(s_pause);
        }

        return decided;
    }

    private static int CountDecided(IReadOnlyList<Answer> answers) => answers.Count(answer => answer.Verdict != Verdict.Undetermined);

    private static string Terminal(int node, int number) => $"window-{node}-{number}";

    private static void Keep(List<HeldCode> kept, List<HeldCode> fresh)
    {
        kept.AddRange(fresh);
        kept.RemoveAll(code => code.ExpiresAt < Outages.Now() + LastMomentsMilliseconds);
        kept.RemoveRange(0, Math.Max(0, kept.Count - KeptCodes));
    }

    private static IEnumerable<HeldCode> Some(List<HeldCode> codes, int most, Random random) =>
        codes.Count == 0 ? [] : Enumerable.Range(0, Math.Min(most, codes.Count)).Select(_ => codes[random.Next(codes.Count)]);
}
