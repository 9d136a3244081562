using CrossProvince.Contracts.Licences.V1;
using CrossProvince.Faults.Tests.History;
using CrossProvince.Faults.Tests.Region;
using CrossProvince.Integration.Tests.Processes;

namespace CrossProvince.Faults.Tests.Load;

/// <summary>The authority of a region at work: it imports licences and changes their status.</summary>
internal sealed class Office
{
    private const int LargestImport = 20;
    private const int LargestBatch = 40;
    private const int Sources = 1_000_000;
    private const string Reason = "fault test";

    private readonly IRegion _region;
    private readonly Book _book;
    private readonly CardIndex _cards;
    private readonly Insistence _insistence;
    private readonly IEnumerator<string> _lines;

    /// <summary>Prepares the work.</summary>
    /// <param name="region">Whose authority it is.</param>
    /// <param name="book">What was answered.</param>
    /// <param name="cards">What is changed.</param>
    /// <param name="insistence">How it asks.</param>
    /// <param name="seed">Of the licences that it imports.</param>
    public Office(IRegion region, Book book, CardIndex cards, Insistence insistence, int seed)
    {
        (_region, _book, _cards, _insistence) = (region, book, cards, insistence);
        _lines = region.Federation.Lines(region.Code, Sources, seed).Where(line => Importing.Status(line) == "valid").GetEnumerator();
    }

    /// <summary>Imports a few new licences.</summary>
    public async Task ImportAsync(Random random)
    {
        foreach (var life in await _cards.ImportAsync(random.Next(_region.OwnFrom(0).Count), Lines(random.Next(1, LargestImport), _ => true)))
        {
            _cards.Others.Enqueue(life);
        }
    }

    /// <summary>Imports a licence of some kind.</summary>
    /// <param name="isWanted">Whether an import line is one.</param>
    public async Task<LicenceLife> ImportAsync(Func<string, bool> isWanted) => (await _cards.ImportAsync(0, Lines(1, isWanted)))[0];

    /// <summary>Makes many changes in one call, of licences that nobody else changes meanwhile.</summary>
    /// <returns>How many.</returns>
    public async Task<int> ChangeOthersAsync(Random random)
    {
        var batch = new List<(LicenceLife Life, LicenceStatus Status)>();
        for (var size = random.Next(1, LargestBatch); batch.Count < size && _cards.Others.TryDequeue(out var life);)
        {
            batch.Add((life, NextStatus(life, random)));
        }

        var request = new ChangeStatusBatchRequest();
        foreach (var (life, status) in batch)
        {
            life.Ask(status, Outages.Now());
            request.Requests.Add(new ChangeStatusRequest { LicenceId = life.LicenceId, Status = status, Reason = Reason });
        }

        var nodes = _region.OwnFrom(0);
        var response = await _insistence.AskAsync(_region.OwnFrom(nodes[random.Next(nodes.Count)]), async n => await _region.Authority(n).Licences.ChangeStatusBatchAsync(request));
        foreach (var ((life, status), result) in batch.Zip(response.Results))
        {
            if (result.Change is { } change)
            {
                life.Acknowledge(change.Seq, Outages.Now());
            }
            else
            {
                _book.Wrong.Enqueue($"A change was refused with {result.Error.Reason}.");
            }

            if (status is not (LicenceStatus.Revoked or LicenceStatus.Cancelled))
            {
                _cards.Others.Enqueue(life);
            }
        }

        _book.CountChanges(batch.Count);
        return batch.Count;
    }

    /// <summary>Changes one card.</summary>
    public async Task ChangeAsync(Card card, LicenceStatus status, int node)
    {
        card.Life.Ask(status, Outages.Now());
        var answer = await _insistence.AskAsync(
            _region.OwnFrom(node), async n => await _region.Authority(n).Licences.ChangeStatusAsync(new ChangeStatusRequest { LicenceId = card.Life.LicenceId, Status = status, Reason = Reason }));
        card.Life.Acknowledge(answer.Seq, Outages.Now());
        _book.CountChanges(1);
    }

    private List<string> Lines(int count, Func<string, bool> isWanted)
    {
        var some = new List<string>(count);
        while (some.Count < count && _lines.MoveNext())
        {
            if (isWanted(_lines.Current))
            {
                some.Add(_lines.Current);
            }
        }

        return some;
    }

    private static LicenceStatus NextStatus(LicenceLife life, Random random) => life.Newest == LicenceStatus.Valid
        ? random.Next(20) switch { 0 => LicenceStatus.Revoked, 1 => LicenceStatus.Cancelled, < 8 => LicenceStatus.Frozen, _ => LicenceStatus.Suspended }
        : LicenceStatus.Valid;
}
