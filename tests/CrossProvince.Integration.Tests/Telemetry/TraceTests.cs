using System.Net;
using CrossProvince.Contracts.Licences.V1;
using CrossProvince.Contracts.Verification.V1;
using CrossProvince.Integration.Tests.Nodes;

namespace CrossProvince.Integration.Tests.Telemetry;

/// <summary>What a node sends to a collector.</summary>
public sealed class TraceTests
{
    [Test]
    public async Task Traces_OfAllKindsOfWork_ShowTheStagesAndNoPerson()
    {
        await using var collector = await Collector.StartAsync();
        await using var federation = await TestFederation.StartAsync(new()
        {
            Settings = new Dictionary<string, string>
            {
                ["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.Address.ToString(),
                ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
                ["OTEL_BSP_SCHEDULE_DELAY"] = "100",
                ["OTEL_METRIC_EXPORT_INTERVAL"] = "500",
            },
        });
        var beijing = federation[TestFederation.Beijing];
        var card = await beijing.TakeAsync(TestLicences.IdentityCard(TestFederation.Beijing, 1));
        await federation.LetStandAsync();
        var code = (await beijing.PresentAsync(card, "counter-check")).Code;
        var answer = await beijing.Verifications.VerifyAsync(new VerifyRequest { Code = code, TerminalId = "counter-1" });
        Assert.That(answer.Verification.Verdict, Is.EqualTo(Verdict.Valid));
        await beijing.ChangeStatusAsync(card.Record.Id.ToString(), LicenceStatus.Revoked);
        using var json = await beijing.Connect("authority").Http.GetAsync(new Uri($"v1/licences/{card.Record.Id}?note={card.Record.Holder.Code}", UriKind.Relative));
        Assert.That(json.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest), "a parameter that the rpc does not have");

        await Eventually.HoldsAsync(
            () => new[] { "judge", "record", "answer", "/v1/licences/{licence_id}", "VerificationService/Verify", "v1/heads/120000" }.All(collector.TextOf("/v1/traces").Contains),
            "the collector has the spans");
        await Eventually.HoldsAsync(() => collector.TextOf("/v1/metrics").Contains("crossprovince.verifications", StringComparison.Ordinal), "the collector has the metrics");

        var sent = collector.TextOf("/v1/traces") + collector.TextOf("/v1/metrics");
        foreach (var (what, personal) in new[]
        {
            ("a name", card.Record.Holder.Name), ("a number", card.Record.Holder.Code), ("a licence identifier", card.Record.Id.ToString()), ("a code", code[..20]), ("a token", "eyJ"),
        })
        {
            // A shortest excerpt says where it stands; the values are made up.
            var at = sent.IndexOf(personal, StringComparison.Ordinal);
            Assert.That(at, Is.Negative, at < 0 ? "" : $"{what} after: {sent[Math.Max(0, at - 100)..at]}");
        }
    }

    [Test]
    public async Task Traces_NoCollector_AreNotMade()
    {
        await using var federation = await TestFederation.StartAsync(new() { Running = [TestFederation.Beijing] });

        Assert.That(federation[TestFederation.Beijing].Services.GetService(typeof(OpenTelemetry.Trace.TracerProvider)), Is.Null);
    }
}
