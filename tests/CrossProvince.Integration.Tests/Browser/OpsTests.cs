using System.Globalization;
using System.Text.Json.Nodes;
using CrossProvince.Contracts.Verification.V1;
using CrossProvince.Core.Catalogue;
using CrossProvince.Integration.Tests.Nodes;
using CrossProvince.Service.Recording;
using CrossProvince.Service.Verifying;
using Microsoft.Extensions.DependencyInjection;
using UndeterminedReason = CrossProvince.Core.Verification.UndeterminedReason;
using Verdict = CrossProvince.Core.Verification.Verdict;

namespace CrossProvince.Integration.Tests.Browser;

/// <summary>What those who run the nodes see. Hebei is away, as one region or another is.</summary>
public sealed class OpsTests : BrowserFixture
{
    private const int Days = 30;

    private List<VerificationRecord> _records = [];

    internal override FederationPlan Plan { get; } = new() { Running = [TestFederation.Beijing, TestFederation.Tianjin] };

    [TestCase("opsOnlyWithTheRole")]
    [TestCase("opsSaysWhatIsWrongFirst", Category = "Pictures")]
    [TestCase("opsAtThree")]
    [TestCase("opsFigures", Category = "Pictures")]
    [TestCase("opsReport", Category = "Pictures")]
    [TestCase("opsWithoutTheNode")]
    [TestCase("opsKeyboard")]
    [TestCase("opsSessionEnds")]
    public Task Page_InARealBrowser_Holds(string scenario) => PlayAsync(scenario);

    protected override async Task PrepareAsync()
    {
        await base.PrepareAsync();
        _records = MakeRecords();
        await Beijing.Services.GetRequiredService<VerificationSpool>().AppendAsync(_records, CancellationToken.None);
    }

    private protected override async Task<JsonNode?> AnswerAsync(string what, JsonNode? argument)
    {
        switch (what)
        {
            case "verify-some":
                for (var i = 0; i < 12; i++)
                {
                    await Beijing.Verifications.VerifyAsync(new VerifyRequest { Code = i % 3 == 0 ? "nonsense" : (string)(await base.AnswerAsync("present", null))!, TerminalId = "T" });
                }

                // The ten seconds in which that was are over.
                Beijing.Clock.Move(TimeSpan.FromSeconds(10));
                return true;
            case "stop-tianjin":
                await Tianjin.StopAsync();
                return true;
            case "start-tianjin":
                await Tianjin.StartAsync();
                return true;
            case "recount":
                var until = Beijing.Clock.Milliseconds;
                var from = until - ((long)argument! * 3_600_000);
                return _records.Count(r => r.Time >= from && r.Time < until);
            case "month":
                return Beijing.Clock.GetUtcNow().ToOffset(TimeSpan.FromHours(8)).ToString("yyyy-MM", CultureInfo.InvariantCulture);
            default:
                return await base.AnswerAsync(what, argument);
        }
    }

    /// <summary>A month of a busy counter hall: quiet nights, a bad afternoon.</summary>
    private List<VerificationRecord> MakeRecords()
    {
        var random = new Random(7);
        var catalogue = Beijing.Services.GetRequiredService<LicenceCatalogue>();
        var types = catalogue.Types.Select(t => t.Number).Order().Take(3).ToArray();
        var scenarios = catalogue.Scenarios.Select(s => s.Number).Order().Take(2).ToArray();
        int[] regions = [110_000, 120_000, 120_000, 130_000, 130_000, 130_000];
        (Verdict Verdict, int Weight)[] usual = [(Verdict.Valid, 90), (Verdict.Expired, 4), (Verdict.Revoked, 1), (Verdict.Replayed, 1), (Verdict.ScenarioMismatch, 2), (Verdict.BadSignature, 1), (Verdict.LicenceExpired, 1)];
        var hour = Beijing.Clock.Milliseconds / 3_600_000 * 3_600_000;
        var records = new List<VerificationRecord>();
        for (var back = Days * 24; back > 0; back--)
        {
            var begin = hour - (back * 3_600_000L);
            var ofDay = (int)(((begin / 3_600_000) + 8) % 24);
            for (var n = random.Next(2) + (ofDay is >= 8 and < 18 ? 4 + random.Next(8) : 0); n > 0; n--)
            {
                var bad = back < 24 && ofDay is 14 or 15 && n % 2 == 0;
                var verdict = bad ? Verdict.Undetermined : Pick(random, usual);
                var holds = verdict != Verdict.BadSignature;
                var time = begin + random.Next(3_600_000);
                records.Add(new VerificationRecord
                {
                    VerificationId = Guid.CreateVersion7(DateTimeOffset.FromUnixTimeMilliseconds(time)).ToString("N"),
                    Time = time,
                    Caller = "operator:test",
                    OnBehalfOf = "",
                    VerifierRegion = random.Next(9) == 0 ? 120_000 : 110_000,
                    TerminalId = "T",
                    MatterCode = "",
                    CaseNumber = "",
                    RequestId = null,
                    RequestDigest = null,
                    Verdict = verdict,
                    Reason = bad ? UndeterminedReason.Stale : UndeterminedReason.None,
                    TrustVersion = 1,
                    TrustStale = false,
                    Mode = 1,
                    Scenario = holds ? scenarios[(int)(random.NextDouble() * random.NextDouble() * scenarios.Length)] : 0,
                    IssuingRegion = holds ? regions[random.Next(regions.Length)] : 0,
                    TypeNumber = holds ? types[(int)(random.NextDouble() * random.NextDouble() * types.Length)] : 0,
                });
            }
        }

        return records;
    }

    private static Verdict Pick(Random random, (Verdict Verdict, int Weight)[] some)
    {
        var at = random.Next(some.Sum(s => s.Weight));
        return some.First(s => (at -= s.Weight) < 0).Verdict;
    }
}
