using System.Diagnostics;
using CrossProvince.Contracts.Presentation.V1;
using CrossProvince.Contracts.Verification.V1;
using CrossProvince.Faults.Tests.History;
using CrossProvince.Faults.Tests.Load;
using Npgsql;

namespace CrossProvince.Faults.Tests.Provinces;

/// <summary>What the holders of a province are shown of the uses of their licences in every province, against what counters were answered.</summary>
internal static class ToldUses
{
    private const int Page = 200;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(100);

    /// <summary>Waits until every province has told the others all that was verified of their codes: within a minute, or else something is left.</summary>
    /// <returns>How long that took, and how many uses are left to be told.</returns>
    public static async Task<(TimeSpan Took, long Left)> WaitAsync(IReadOnlyList<Province> provinces)
    {
        for (var start = Stopwatch.GetTimestamp(); ;)
        {
            var left = 0L;
            foreach (var province in provinces)
            {
                await using var connection = new NpgsqlConnection(province.Database);
                await connection.OpenAsync();
                await using var command = new NpgsqlCommand("SELECT CAST(COALESCE(SUM(count), 0) AS BIGINT) FROM owed_uses", connection);
                left += (long)(await command.ExecuteScalarAsync())!;
            }

            if (left == 0 || Stopwatch.GetElapsedTime(start) > s_patience)
            {
                return (Stopwatch.GetElapsedTime(start), left);
            }

            await Task.Delay(s_pause);
        }
    }

    /// <summary>Compares them: each answered verification is one use, no more and no less.</summary>
    /// <param name="of">The province.</param>
    /// <param name="cards">Its licences that were shown.</param>
    /// <param name="counters">All counters that scanned its codes.</param>
    /// <returns>How many uses were compared, and what differs.</returns>
    public static async Task<(int Uses, List<string> Differences)> CompareAsync(Province of, IEnumerable<Card> cards, IReadOnlyList<ProvinceCounter> counters)
    {
        var differences = new List<string>();
        var compared = 0;
        var answered = counters.SelectMany(counter => counter.Book.Answers, (counter, answer) => (counter.At, Answer: answer)).ToLookup(given => given.Answer.Code.Licence);
        foreach (var card in cards)
        {
            var uses = await ListAsync(of.Verifier(of.Number).Presentations(card.Token), card.Life);
            foreach (var there in counters.Select(counter => counter.At).Distinct())
            {
                var told = uses.Where(use => use.VerifierRegion == there.Code.ToString()).ToList();
                var answers = answered[card.Life].Where(given => given.At == there).Select(given => given.Answer).ToList();
                var known = told.Select(use => use.VerificationId).ToHashSet(StringComparer.Ordinal);

                // What the issuing province was asked about, whether its answer came or not, stands there as a verification of its own, with another id.
                var lost = answers.Count(answer => !WasAsked(answer) && !known.Contains(answer.VerificationId));
                if (lost > 0 || told.Count != answers.Count || known.Count != told.Count)
                {
                    differences.Add($"Of a licence of {of.Code}, {answers.Count} verifications were answered in {there.Code}; its holder sees {told.Count} uses there, {known.Count} of them different, and {lost} are not among them.");
                }

                compared += answers.Count;
            }
        }

        return (compared, differences);
    }

    private static bool WasAsked(Answer answer) =>
        answer.IsForwarded || answer.Verdict == Verdict.Undetermined || answer.Code.Scenario is ProvinceLoad.DisclosingScenario or HeldCode.OnceEverywhere;

    private static async Task<List<Use>> ListAsync(PresentationService.PresentationServiceClient holder, LicenceLife licence)
    {
        var (uses, request) = (new List<Use>(), new ListUsesRequest { PageSize = Page });
        do
        {
            var page = await holder.ListUsesAsync(request);
            uses.AddRange(page.Uses.Where(use => use.LicenceId == licence.LicenceId));
            request.PageToken = page.NextPageToken;
        }
        while (request.PageToken.Length > 0);
        return uses;
    }
}
