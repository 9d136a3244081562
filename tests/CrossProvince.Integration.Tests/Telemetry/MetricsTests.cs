using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using CrossProvince.Contracts.Licences.V1;
using CrossProvince.Contracts.Verification.V1;
using CrossProvince.Core.Identifiers;
using CrossProvince.Integration.Tests.Nodes;
using CrossProvince.Service.Licences;
using Grpc.Core;
using static CrossProvince.Integration.Tests.Nodes.Refusal;

namespace CrossProvince.Integration.Tests.Telemetry;

/// <summary>What a node tells at <c>/metrics</c>.</summary>
/// <remarks>Nodes of one process hear one another's measurements: no other may work meanwhile.</remarks>
[Parallelizable(ParallelScope.None)]
public sealed partial class MetricsTests : FederationFixture
{
    private StoredLicence _card = null!;

    [Test]
    public async Task Metrics_CodeVerified_CountersAndTimesGoUp()
    {
        string[] names =
        [
            """crossprovince_verifications_total{reason="None",region="110000",verdict="Valid"}""",
            """crossprovince_verification_stage_seconds_count{stage="judge"}""",
            """crossprovince_verification_stage_seconds_count{stage="record"}""",
            """crossprovince_verification_stage_seconds_count{stage="answer"}""",
            """crossprovince_rpc_duration_seconds_count{code="OK",rpc="/crossprovince.verification.v1.VerificationService/Verify"}""",
            "crossprovince_recording_group_count{}",
        ];
        var before = await ScrapeAsync(Beijing);

        await VerifyAsync(Beijing, await CodeAsync());

        var after = await ScrapeAsync(Beijing);
        foreach (var name in names)
        {
            Assert.That(after.GetValueOrDefault(name), Is.GreaterThan(before.GetValueOrDefault(name)), $"{name}; there are\n{string.Join('\n', after.Keys.Order())}");
        }

        Assert.That(after[names[0]] - before.GetValueOrDefault(names[0]), Is.EqualTo(1));
    }

    [Test]
    public async Task Metrics_WhatANodeHolds_IsTold()
    {
        var found = await ScrapeAsync(Tianjin);

        Assert.That(found["""crossprovince_index_age_seconds{region="110000"}"""], Is.InRange(0, 60));
        Assert.That(found["""crossprovince_index_age_seconds{region="120000"}"""], Is.InRange(0, 60));
        Assert.That(found.Keys, Has.None.EqualTo("""crossprovince_index_age_seconds{region="130000"}"""), "there is no copy of Hebei's index");
        Assert.That(found["""crossprovince_index_seq{region="110000"}"""], Is.EqualTo(1));
        Assert.That(found["crossprovince_index_published{}"] * 1000, Is.EqualTo(Federation.Clock.Milliseconds).Within(60_000));
        Assert.That(found["crossprovince_trust_version{}"], Is.EqualTo(1));
        Assert.That(found["crossprovince_trust_days_left{}"], Is.InRange(3_600, 3_660));
        Assert.That(found["crossprovince_certificate_days_left{}"], Is.InRange(3_600, 3_660));
        Assert.That(found["crossprovince_clock_behind{}"], Is.Zero);
        Assert.That(found["crossprovince_recording_queue{}"], Is.GreaterThanOrEqualTo(0));
    }

    [Test]
    public async Task Metrics_CallRefused_IsCountedByReason()
    {
        const string Name = """crossprovince_refusals_total{code="PermissionDenied",reason="ROLE_NOT_ALLOWED",rpc="/crossprovince.licences.v1.LicenceService/GetLicence"}""";
        var before = await ScrapeAsync(Beijing);

        Of(Beijing.Connect("verifier").Licences.GetLicenceAsync(new GetLicenceRequest { LicenceId = _card.Record.Id.ToString() }));

        Assert.That((await ScrapeAsync(Beijing)).GetValueOrDefault(Name), Is.EqualTo(before.GetValueOrDefault(Name) + 1));
    }

    /// <summary>Whoever can send codes could otherwise fill the memory of whoever collects metrics.</summary>
    [Test]
    public async Task Metrics_ManyUnknownRegionsScenariosAndTerminals_MakeNoNewSeries()
    {
        await SendOddAsync(0);
        var before = await ScrapeAsync(Tianjin);

        for (var n = 1; n <= 25; n++)
        {
            await SendOddAsync(n);
        }

        var after = await ScrapeAsync(Tianjin);
        Assert.That(after.Keys.Where(IsOurs), Is.EquivalentTo(before.Keys.Where(IsOurs)));
        const string Unknown = """crossprovince_verifications_total{reason="None",region="none",verdict="UnknownKey"}""";
        Assert.That(after[Unknown] - before[Unknown], Is.EqualTo(25));
    }

    [Test]
    public async Task Metrics_AfterAllKindsOfWork_HoldNoPerson()
    {
        var code = await CodeAsync();
        await VerifyAsync(Beijing, code);
        await Beijing.Licences.GetLicenceAsync(new GetLicenceRequest { LicenceId = _card.Record.Id.ToString() });
        using var json = await Beijing.Connect("authority").Http.GetAsync(new Uri($"v1/licences/{_card.Record.Id}", UriKind.Relative));
        Assert.That(json.StatusCode, Is.EqualTo(HttpStatusCode.OK));

        var text = await TextAsync(Beijing);

        foreach (var personal in new[] { _card.Record.Holder.Name, _card.Record.Holder.Code, _card.Record.Number, _card.Record.Id.ToString(), code, code[..20] })
        {
            Assert.That(text, Does.Not.Contain(personal));
        }
    }

    [Test]
    public async Task Metrics_Documentation_NamesAllOfThemAndNoOther()
    {
        await SendOddAsync(0);
        await VerifyAsync(Tianjin, (await Beijing.PresentAsync(_card, "hotel-checkin")).Code);
        var told = (await TextAsync(Tianjin)).Split('\n').Where(line => line.StartsWith("# TYPE crossprovince_", StringComparison.Ordinal)).Select(line => line.Split(' ')[2]);

        // Nothing is told of alarms and reports before there is one.
        string[] rare = ["crossprovince_alarms_total", "crossprovince_reports_sent_total", "crossprovince_reports_received_total"];
        Assert.That(Documented(), Is.EquivalentTo(told.Union(rare)));
    }

    [Test]
    public async Task Metrics_ApiListener_DoesNotServeThem()
    {
        using var answer = await Beijing.Connect("verifier").Http.GetAsync(new Uri("metrics", UriKind.Relative));

        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
    }

    protected override async Task PrepareAsync()
    {
        _card = await Beijing.TakeAsync(TestLicences.IdentityCard(TestFederation.Beijing, 1));
        await Federation.LetStandAsync();
    }

    private static bool IsOurs(string series) => series.StartsWith("crossprovince_", StringComparison.Ordinal);

    private static IEnumerable<string> Documented()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "CrossProvince.sln")))
        {
            folder = folder.Parent!;
        }

        return DocumentedMetric().Matches(File.ReadAllText(Path.Combine(folder.FullName, "docs", "operations.md"))).Select(match => match.Groups[1].Value).Distinct();
    }

    private async Task<string> CodeAsync() => (await Beijing.PresentAsync(_card, "counter-check")).Code;

    private static async Task VerifyAsync(TestNode node, string code) =>
        Assert.That((await node.Verifications.VerifyAsync(new VerifyRequest { Code = code, TerminalId = "counter-1" })).Verification.Verdict, Is.EqualTo(Verdict.Valid));

    /// <summary>A code of a region that nobody knows, and requests that are refused for what they claim.</summary>
    private async Task SendOddAsync(int n)
    {
        var claims = TestCodes.Claims(Federation, TestFederation.Beijing, _card, "counter-check") with { Region = new RegionCode(650000 + n) };
        var code = TestCodes.Sign(claims, _card.Record.Display, Federation.CodeKey(TestFederation.Beijing));
        var request = new VerifyRequest { Code = code, TerminalId = $"terminal-{n}", RequestId = Guid.NewGuid().ToString("N") };
        Assert.That((await Tianjin.Verifications.VerifyAsync(request)).Verification.Verdict, Is.EqualTo(Verdict.UnknownKey));
        Assert.That(Of(Tianjin.Verifications.VerifyAsync(new VerifyRequest(request) { Scenario = $"scenario-{n}" })).StatusCode, Is.EqualTo(StatusCode.InvalidArgument));
        using var nowhere = await Tianjin.Connect("verifier").Http.GetAsync(new Uri($"v1/nowhere/{n}", UriKind.Relative));
        Assert.That(nowhere.StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
    }

    private static async Task<string> TextAsync(TestNode node)
    {
        // The exporter gives the same answer for 300 ms.
        await Task.Delay(TimeSpan.FromMilliseconds(350));
        using var http = new HttpClient { BaseAddress = node.Web };
        return await http.GetStringAsync(new Uri("metrics", UriKind.Relative));
    }

    /// <summary>Values by series; labels that every series has are left out, the others are in order.</summary>
    private static async Task<Dictionary<string, double>> ScrapeAsync(TestNode node)
    {
        var found = new Dictionary<string, double>();
        foreach (var line in (await TextAsync(node)).Split('\n'))
        {
            if (Line().Match(line) is { Success: true } match)
            {
                var labels = Label().Matches(match.Groups[2].Value).Select(l => l.Value).Where(l => !l.StartsWith("otel_scope_", StringComparison.Ordinal)).Order(StringComparer.Ordinal);
                found[$"{match.Groups[1].Value}{{{string.Join(',', labels)}}}"] = double.Parse(match.Groups[3].Value, CultureInfo.InvariantCulture);
            }
        }

        return found;
    }

    [GeneratedRegex("""^([a-z_]+)(?:\{(.*)\})? ([-+0-9.eE]+|\+Inf|NaN)( [0-9]+)?$""")]
    private static partial Regex Line();

    [GeneratedRegex("[a-z_]+=\"[^\"]*\"")]
    private static partial Regex Label();

    [GeneratedRegex("`(crossprovince_[a-z_]+)`")]
    private static partial Regex DocumentedMetric();
}
