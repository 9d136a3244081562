using System.Globalization;
using System.Text;
using CrossProvince.Core.Status;
using CrossProvince.Faults.Tests.Judging;
using CrossProvince.Faults.Tests.Region;
using Npgsql;

namespace CrossProvince.Faults.Tests.Provinces;

/// <summary>Everything compared when all provinces are joined again and nobody works any more: databases, copies of indexes, heads, places, records.</summary>
internal sealed class ProvinceAftermath
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(100);

    private readonly StringBuilder _table = new();
    private readonly List<string> _faults = [];

    /// <summary>Counts, a line each.</summary>
    public string Table => _table.ToString();

    /// <summary>What is wrong; empty when all is well.</summary>
    public IReadOnlyList<string> Faults => _faults;

    public async Task CompareAsync(Country country, IReadOnlyList<ProvinceLoad> loads, IReadOnlyList<ProvinceCounter> counters)
    {
        var (took, left) = await ToldUses.WaitAsync(country.Provinces);
        Line("after the end, ms: all uses told to the issuing provinces", (long)took.TotalMilliseconds);
        Missing("uses that were not told", left);
        foreach (var of in country.Provinces)
        {
            var load = loads[of.Number];
            Line($"{of.Code}: changes of status answered", load.Book.Changes);
            Line("  licences answered", load.Book.Licences.Count);
            Line("  codes handed out", load.Book.Codes.Count);
            Fault("wrong answers to its authority and holders", [.. load.Book.Wrong]);
            var chain = await CompareChainAsync(of, load);
            foreach (var at in country.Provinces)
            {
                var (entries, differences) = await Mirror.CompareAsync(at.Verifier(at.Number), $"The node of {at.Code}", of.Code, at.Federation.TrustList(), chain);
                Line($"  entries compared with the index at {at.Code}", entries);
                Fault("entries that differ", differences);
                await CompareHeadAsync(at, of);
            }

            await AuditAsync(of, country.Provinces);
            var (uses, wrong) = await ToldUses.CompareAsync(of, load.All, [.. counters.Where(counter => counter.Of == of)]);
            Line("  uses in all provinces that its holders are shown", uses);
            Fault("uses that are not one for each answered verification", wrong);
        }

        foreach (var at in country.Provinces)
        {
            var there = counters.Where(counter => counter.At == at).ToList();
            var answers = there.SelectMany(counter => counter.Book.Answers).ToList();
            Line($"{at.Code}: verifications answered", answers.Count);
            Fault("wrong answers to its counters", [.. there.SelectMany(counter => counter.Book.Wrong)]);
            Missing("answered verifications that are not recorded so", await Records.CountMissingAsync([at.Database], answers));
            Missing("counts of verifications that are not those of the records", await Records.CompareCountsAsync([at.Database]));
            Fault("errors in its log", [.. at.Complaints]);
        }
    }

    private async Task<Chain> CompareChainAsync(Province of, ProvinceLoad load)
    {
        var chain = await Chain.ReadAsync(of, of.Number);
        chain.Compare(load.Book, load.All);
        await chain.CompareLicencesAsync(load.Book, of);
        Line("  changes in the chain", chain.Seq);
        Missing("answered changes that are not in the chain at their number", chain.MissingChanges);
        Missing("answered licences that are not there so", chain.MissingLicences);
        Fault("faults of the chain", chain.Faults);
        return chain;
    }

    /// <summary>What a node holds of a region is what that region says of itself, and so is the place that it keeps in its database.</summary>
    private async Task CompareHeadAsync(Province at, Province of)
    {
        var difference = await EventuallyAsync(async () =>
        {
            var (own, held) = (await of.GetHeadAsync(of.Code), await at.GetHeadAsync(of.Code));
            if (own.Seq != held.Seq || !own.Hash.Span.SequenceEqual(held.Hash.Span) || !Lists(own).SequenceEqual(Lists(held)))
            {
                return $"The node of {at.Code} holds a head of change {held.Seq}; that of {of.Code} has one of change {own.Seq}.";
            }

            return at == of || await FindPlaceAsync(at, of) is var (seq, hash) && seq == own.Seq && hash.AsSpan().SequenceEqual(own.Hash.Span)
                ? null
                : $"The place in the database of {at.Code} is not that of the head of {of.Code} (change {own.Seq}).";
        });
        Fault("heads and places that differ", difference is null ? [] : [difference]);
    }

    private static IEnumerable<string> Lists(StatusHead head) =>
        head.Lists.Select(list => string.Create(CultureInfo.InvariantCulture, $"{list.List} {Convert.ToHexString(list.Root.Span)} {list.Allocated}"));

    private static async Task<(long Seq, byte[] Hash)> FindPlaceAsync(Province at, Province of)
    {
        await using var connection = new NpgsqlConnection(at.Database);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand("SELECT seq, hash FROM followed_regions WHERE region = $1", connection) { Parameters = { new() { Value = of.Code.Value } } };
        await using var row = await command.ExecuteReaderAsync();
        return await row.ReadAsync() ? (row.GetInt64(0), (byte[])row[1]) : (-1, []);
    }

    /// <summary>Chain, licences, lists and Redis of a province, and the heads that all nodes hold of it.</summary>
    private async Task AuditAsync(Province of, IReadOnlyList<Province> provinces)
    {
        var difference = await EventuallyAsync(async () =>
        {
            var heads = new List<(string, byte[])>();
            foreach (var at in provinces)
            {
                heads.Add(($"the node of {at.Code}", await at.Verifier(at.Number).Http.GetByteArrayAsync($"v1/heads/{of.Code}")));
            }

            var report = await of.AuditAsync(heads);
            return RegionUnderTest.IsClean(report, withRedis: true) ? null : report.Difference?.Text.En ?? "Redis holds no index.";
        });
        Fault("differences of the audit", difference is null ? [] : [difference]);
    }

    /// <returns>What is still wrong in the end; null when all came right.</returns>
    private static async Task<string?> EventuallyAsync(Func<Task<string?>> findDifference)
    {
        for (var start = TimeProvider.System.GetTimestamp(); ;)
        {
            var difference = await findDifference();
            if (difference is null || TimeProvider.System.GetElapsedTime(start) > s_patience)
            {
                return difference;
            }

            await Task.Delay(s_pause);
        }
    }

    private void Line(string what, long count) => _table.AppendLine(CultureInfo.InvariantCulture, $"{what,-64} {count,10:N0}");

    private void Missing(string what, long count) => Fault(what, count == 0 ? [] : [count.ToString(CultureInfo.InvariantCulture)]);

    private void Fault(string what, List<string> faults)
    {
        Line($"  {what}", faults.Count);
        _faults.AddRange(faults.Take(5).Select(fault => $"{what}: {fault}"));
    }
}
