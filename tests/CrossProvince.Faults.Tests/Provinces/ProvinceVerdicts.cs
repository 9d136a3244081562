using CrossProvince.Contracts.Verification.V1;
using CrossProvince.Faults.Tests.History;

namespace CrossProvince.Faults.Tests.Provinces;

/// <summary>Judges every answer of every counter by the rules of freshness, and counts what was answered over lines that were down.</summary>
internal sealed class ProvinceVerdicts(IReadOnlyList<ProvinceCounter> counters, HeadWatch heads, IReadOnlyList<Partition> partitions, RelayWeather weather, Outages outages)
{
    /// <summary>After this long a node without processors has caught up.</summary>
    private const long RecoveryMilliseconds = 2_000;

    private readonly Freshness _freshness = new(ProvinceSettings.Soft, ProvinceSettings.Hard);

    /// <summary>What is wrong: kind, and which answer.</summary>
    public List<(string Kind, string Answer)> Wrong { get; } = [];

    /// <summary>Answers over a line that was down from before the question until after the answer, by partition.</summary>
    public Dictionary<Partition, List<Answer>> CutOff { get; } = [];

    /// <summary>How many of those were wrong.</summary>
    public Dictionary<Partition, int> WrongCutOff { get; } = [];

    /// <summary>How many answers were judged, and how many of them came over quiet lines.</summary>
    public (int All, int Quiet) Judged { get; private set; }

    public void Judge()
    {
        foreach (var partition in partitions)
        {
            (CutOff[partition], WrongCutOff[partition]) = ([], 0);
        }

        var ends = weather.Ended.ToLookup(ended => (ended.From, ended.To), ended => ended.Time);
        foreach (var counter in counters)
        {
            var (at, of) = (counter.At.Number, counter.Of.Number);
            foreach (var answer in counter.Book.Answers)
            {
                Judge(answer, at, of, ends[(at, of)]);
            }

            FindDoubles("two owners of a showing in one province", counter.Book.Answers.Where(a => a.Code.Scenario != HeldCode.OnceEverywhere));
        }

        // A terminal's name says in which province it stands.
        FindDoubles("two owners of a showing that may be used once everywhere", OnceEverywhere);
    }

    /// <summary>Answers of all provinces about showings that may be used once everywhere.</summary>
    public IEnumerable<Answer> OnceEverywhere => counters.SelectMany(counter => counter.Book.Answers).Where(answer => answer.Code.Scenario == HeldCode.OnceEverywhere);

    private void FindDoubles(string what, IEnumerable<Answer> answers)
    {
        foreach (var uses in answers.Where(a => a.Code.IsSingleUse && a.Verdict == Verdict.Valid).GroupBy(a => a.Code.ShowingId))
        {
            if (uses.DistinctBy(use => use.Terminal).Skip(1).Any())
            {
                Wrong.Add((what, string.Join(" and ", uses.Select(Describe))));
            }
        }
    }

    private void Judge(Answer answer, int at, int of, IEnumerable<long> ends)
    {
        var cut = partitions.FirstOrDefault(partition => partition.Concerns(at, of) && partition.From <= answer.Asked && answer.Answered <= partition.Until);
        var since = answer.Asked - (long)ProvinceSettings.Quiet.TotalMilliseconds;
        var isQuiet = at == of || (!partitions.Any(p => p.Concerns(at, of) && p.WasFelt(since, answer.Answered)) && !ends.Any(end => since <= end && end <= answer.Answered));
        var isBusy = outages.WasAway(Part.Machine, answer.Asked, answer.Answered, RecoveryMilliseconds) || outages.WasAway(Part.Processors, answer.Asked, answer.Answered, RecoveryMilliseconds);

        // A node publishes a head of its own region for others; it judges by what it has read of its database since.
        var (from, until) = at == of ? (0, long.MaxValue) : heads.HeldBetween(at, of, answer.Asked, answer.Answered);
        var wrong = _freshness.Judge(answer, new Circumstances(from, until, cut?.From, isQuiet, isBusy, at == of));
        Judged = (Judged.All + 1, Judged.Quiet + (isQuiet && !isBusy ? 1 : 0));
        if (wrong is not null)
        {
            Wrong.Add((wrong, $"{Describe(answer)}; {at} held a head of {of} from {from} to {until}{(cut is null ? "" : $", cut off at {cut.From}")}"));
        }

        if (cut is not null)
        {
            CutOff[cut].Add(answer);
            WrongCutOff[cut] += wrong is null ? 0 : 1;
        }
    }

    /// <summary>Enough to find it in the database; nothing of a person.</summary>
    private static string Describe(Answer a) =>
        $"{a.VerificationId}: {a.Verdict} {a.Reason}, asked {a.Asked}, judged {a.VerifiedAt} by a head of {a.AsOf}{(a.Stale ? " (stale)" : "")}{(a.IsForwarded ? " (forwarded)" : "")}, answered {a.Answered}, {a.Terminal}; {a.Code.Licence.Describe()}";
}
