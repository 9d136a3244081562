using System.Globalization;
using System.Text;
using CrossProvince.Faults.Tests.History;
using CrossProvince.Faults.Tests.Load;
using CrossProvince.Faults.Tests.Region;

namespace CrossProvince.Faults.Tests.Judging;

/// <summary>Everything compared when all parts are back: what was answered with what is there, and every copy with every other.</summary>
internal sealed class Aftermath
{
    private const int Repeated = 200;
    private const long RepeatMilliseconds = 480_000;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(100);

    private readonly StringBuilder _table = new();
    private readonly List<string> _faults = [];

    /// <summary>Counts, a line each.</summary>
    public string Table => _table.ToString();

    /// <summary>What is wrong; empty when all is well.</summary>
    public IReadOnlyList<string> Faults => _faults;

    public async Task CompareAsync(RegionUnderTest region, Book book, Workload load)
    {
        Line("changes of status answered", book.Changes);
        Line("licences answered", book.Licences.Count);
        Line("codes handed out", book.Codes.Count);
        Line("verifications answered", book.Answers.Count);
        foreach (var verdict in book.Answers.GroupBy(a => a.Verdict).OrderByDescending(g => g.Count()))
        {
            Line($"  {verdict.Key}", verdict.Count());
        }

        foreach (var (why, count) in book.Unanswered.OrderByDescending(u => u.Value))
        {
            Line($"asked again: {why}", count);
        }

        await CompareRecordsAsync(region, book, load);
        Fault("damaged pages of SQLite files", await Records.CheckFilesAsync(region));
        var chain = await CompareChainAsync(region, book, load);
        for (var node = 0; node < region.Slots.Count; node++)
        {
            var (entries, differences) = await Mirror.CompareAsync(region.Verifier(node), $"Node {node}", region.Code, region.Federation.TrustList(), chain);
            Line($"entries of node {node} compared with the chain", entries);
            Fault("entries that differ", differences);
        }

        await AuditAsync(region);
        var verdicts = new Verdicts(book, region.Outages, region.OwnNodes);
        verdicts.Judge();
        foreach (var (reason, count) in verdicts.Undetermined)
        {
            Line($"undetermined in outages: {reason}", count);
        }

        Line("answers that had to hold their bound", verdicts.JudgedByBound);
        Line("latest answer by an old status, connected, ms", verdicts.LatestConnected);
        Line("latest answer by an old status, cut off, ms", verdicts.LatestCutOff);
        foreach (var (kind, wrong) in verdicts.Wrong)
        {
            Fault($"wrong: {kind}", wrong);
        }

        Fault("wrong: other answers", [.. book.Wrong]);
        Fault("unexpected errors in logs", Judging.Complaints.Unexpected(region.Slots, region.Store));
    }

    private async Task CompareRecordsAsync(RegionUnderTest region, Book book, Workload load)
    {
        var missing = await Records.CountMissingAsync(region.Databases, book.Answers);
        Fault("answered verifications that are not recorded so", missing == 0 ? [] : [missing.ToString(CultureInfo.InvariantCulture)]);

        var miscounted = await Records.CompareCountsAsync(region.Databases);
        Fault("counts of verifications that are not those of the records", miscounted == 0 ? [] : [miscounted.ToString(CultureInfo.InvariantCulture)]);

        // What was answered once is answered so again, at every node, now that all records have arrived.
        var differing = new List<string>();
        var latest = book.Answers.Where(a => a.Asked > Outages.Now() - RepeatMilliseconds).TakeLast(Repeated).ToList();
        foreach (var answer in latest)
        {
            var again = await load.Counter.RepeatAsync(answer.Node == region.OwnNodes ? answer.Node : (answer.Node + 1) % region.OwnNodes, answer);
            if (again != (answer.VerificationId, answer.Verdict))
            {
                differing.Add($"{answer.VerificationId} {answer.Verdict} was answered as {again} when it was asked again.");
            }
        }

        Line("requests repeated in the end, at another node", latest.Count);
        Fault("answered otherwise when repeated", differing);
    }

    private async Task<Chain> CompareChainAsync(RegionUnderTest region, Book book, Workload load)
    {
        var chain = await Chain.ReadAsync(region, 0);
        chain.Compare(book, load.Cards.Cards);
        await chain.CompareLicencesAsync(book, region);
        Line("changes in the chain", chain.Seq);
        Fault("answered changes that are not in the chain at their number", chain.MissingChanges == 0 ? [] : [chain.MissingChanges.ToString(CultureInfo.InvariantCulture)]);
        Fault("answered licences that are not there so", chain.MissingLicences == 0 ? [] : [chain.MissingLicences.ToString(CultureInfo.InvariantCulture)]);
        Fault("faults of the chain", chain.Faults);
        return chain;
    }

    /// <summary>Chain, licences, lists, heads and, as soon as it is written anew, Redis.</summary>
    private async Task AuditAsync(RegionUnderTest region)
    {
        for (var start = TimeProvider.System.GetTimestamp(); ;)
        {
            var report = await region.AuditAsync([.. Enumerable.Range(0, region.OwnNodes)]);
            if (RegionUnderTest.IsClean(report, withRedis: region.Redis is not null))
            {
                Line("licences audited", report.Licences);
                Line("chunks of Redis audited", report.CacheChunks);
                return;
            }

            if (TimeProvider.System.GetElapsedTime(start) > s_patience)
            {
                Fault("differences of the audit", [report.Difference?.Text.En ?? "Redis holds no index."]);
                return;
            }

            await Task.Delay(s_pause);
        }
    }

    private void Line(string what, long count) => _table.AppendLine(CultureInfo.InvariantCulture, $"{what,-64} {count,10:N0}");

    private void Fault(string what, IReadOnlyCollection<string> faults)
    {
        Line(what, faults.Count);
        _faults.AddRange(faults.Take(5).Select(fault => $"{what}: {fault}"));
    }
}
