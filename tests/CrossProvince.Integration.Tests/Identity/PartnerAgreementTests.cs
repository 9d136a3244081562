using System.Diagnostics.Metrics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using CrossProvince.Cli.Certs;
using CrossProvince.Contracts.Federation.V1;
using CrossProvince.Contracts.Verification.V1;
using CrossProvince.Integration.Tests.Nodes;
using CrossProvince.Service.Federation;
using CrossProvince.Service.Identity;
using CrossProvince.Service.Licences;
using CrossProvince.Service.Operations;
using CrossProvince.Service.StatusIndex;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using static CrossProvince.Integration.Tests.Nodes.Refusal;

namespace CrossProvince.Integration.Tests.Identity;

/// <summary>What is agreed with single partners in Beijing's partner file: how much, for which licence types, and that it can be taken back at once.</summary>
public sealed class PartnerAgreementTests : FederationFixture
{
    private static readonly VerifyRequest s_request = new() { Code = "x", TerminalId = "t" };

    // One writing of the file for all: each is waited for up to a second.
    private static readonly Dictionary<string, JsonObject> s_agreed = new()
    {
        ["three a day"] = new() { ["limits"] = new JsonObject { ["perDay"] = 3 } },
        ["three a day, streaming"] = new() { ["limits"] = new JsonObject { ["perDay"] = 3 } },
        ["one call"] = new() { ["limits"] = new JsonObject { ["calls"] = 1 } },
        ["one a second"] = new() { ["limits"] = new JsonObject { ["perSecond"] = 1 } },
        ["identity cards"] = new() { ["types"] = new JsonArray("identity-card") },
        ["driving licences"] = new() { ["types"] = new JsonArray("driving-licence") },
        ["nothing"] = [],
    };

    private readonly Dictionary<string, string> _organisations = [];
    private StoredLicence _card = null!;
    private string _before = "";

    [Test]
    public async Task Verify_DailyQuotaIsUsedUp_IsToldUntilWhen()
    {
        var client = Verifier("three a day");
        await client.VerifyAsync(s_request);
        var both = await client.VerifyBatchAsync(new VerifyBatchRequest { Requests = { s_request, s_request } });

        var error = Of(client.VerifyAsync(s_request));

        Assert.That(both.Results, Has.Count.EqualTo(2));
        Assert.That((error.StatusCode, error.Reason), Is.EqualTo((StatusCode.ResourceExhausted, "DAILY_QUOTA")));
        Assert.That(error.RetryAfter, Is.GreaterThan(TimeSpan.Zero).And.LessThanOrEqualTo(TimeSpan.FromDays(1)));
    }

    [Test]
    public async Task VerifyStream_DailyQuotaIsUsedUp_EndsAndIsNotWaitedFor()
    {
        var client = Verifier("three a day, streaming");
        using var stream = client.VerifyStream();
        for (var i = 0; i < 5; i++)
        {
            await stream.RequestStream.WriteAsync(new VerifyStreamRequest { Request = s_request });
        }

        var error = Assert.CatchAsync(async () =>
        {
            while (await stream.ResponseStream.MoveNext(CancellationToken.None))
            {
                // What the quota allows is answered.
            }
        });
        Assert.That(error!.Message, Does.Contain("The calls agreed for today are used up"));
    }

    [Test]
    public async Task VerifyStream_MoreThanAgreedAtOnce_IsRefused()
    {
        var client = Verifier("one call");
        using var stream = client.VerifyStream();
        await stream.RequestStream.WriteAsync(new VerifyStreamRequest { Request = s_request });
        await stream.ResponseStream.MoveNext(CancellationToken.None);

        Assert.That(Of(client.VerifyAsync(s_request)).Reason, Is.EqualTo("TOO_MANY_CALLS"));
    }

    [Test]
    public async Task VerifyBatch_MoreThanTheAgreedRate_IsRefused()
    {
        var client = Verifier("one a second");
        await client.VerifyBatchAsync(new VerifyBatchRequest { Requests = { Enumerable.Repeat(s_request, 1_000) } });

        Assert.That(Of(client.VerifyBatchAsync(new VerifyBatchRequest { Requests = { Enumerable.Repeat(s_request, 1_000) } })).Reason, Is.EqualTo("RATE_LIMITED"));
    }

    [Test]
    public async Task Verify_LicenceTypeNotAgreed_IsNotAllowed()
    {
        var code = (await Beijing.PresentAsync(_card, "counter-check")).Code;

        Assert.That((await Verifier("driving licences").VerifyAsync(new VerifyRequest { Code = code, TerminalId = "t" })).Verification.Verdict, Is.EqualTo(Verdict.VerifierNotAllowed));
        Assert.That((await Verifier("identity cards").VerifyAsync(new VerifyRequest { Code = code, TerminalId = "t" })).Verification.Verdict, Is.EqualTo(Verdict.Valid));
    }

    [Test]
    public async Task ImportLicences_LicenceTypeNotAgreed_LineIsRefused()
    {
        var answer = await Beijing.ImportAsync(TestLicences.IdentityCard(TestFederation.Beijing, 900), TestLicences.DrivingLicence(TestFederation.Beijing, 901));

        var refused = answer.Refused.Single();
        Assert.That((refused.Field, refused.LineNumber), Is.EqualTo(("type_code", 1L)));
        Assert.That(refused.Reason, Does.Contain("may not import"));
    }

    /// <summary>The agreement with a region holds for its nodes.</summary>
    [Test]
    public async Task Verify_ByARegionsNode_HasTheRegionsLimits()
    {
        var client = Beijing.Connect("../130000/node").Verifications;
        await client.VerifyAsync(s_request);

        Assert.That(Of(client.VerifyAsync(s_request)).Reason, Is.EqualTo("DAILY_QUOTA"));
    }

    [Test]
    public async Task Calls_OfARevokedRegion_AreRefusedAndItsStreamsEnd()
    {
        var client = Beijing.Connect("../120000/node").Federation;
        using var watch = client.WatchStatus(new WatchStatusRequest { Region = "110000", FromSeq = 1 });
        Assert.That(await watch.ResponseStream.MoveNext(CancellationToken.None), Is.True);

        ChangeFile(file => file["regions"] = new JsonArray(new JsonObject { ["region"] = "120000", ["revoked"] = true }));
        await Eventually.HoldsAsync(() => Beijing.Services.GetRequiredService<PartnerFile>().Find(TestFederation.Tianjin) is { Revoked: true }, "the file is read again");
        var failed = 0;
        using var fetches = Listen("crossprovince.trust.fetches", tags => Interlocked.Add(ref failed, tags.Contains(new("outcome", "Failed")) ? 1 : 0));

        Assert.That(Of(Beijing.Connect("../120000/node").Verifications.VerifyAsync(s_request)).Reason, Is.EqualTo("REGION_REVOKED"));
        await Eventually.HoldsAsync(() => Beijing.Services.GetRequiredService<StatusWatches>().Open().All(open => open.Region != TestFederation.Tianjin), "all streams of Tianjin have ended");

        // Nor does Beijing listen to it.
        await Eventually.HoldsAsync(() => Beijing.Services.GetRequiredService<FeedHealth>().Of(TestFederation.Tianjin).Error is not null, "Beijing does not follow Tianjin");

        // Of two partners one is asked for trust lists at a time: so Tianjin was, too. That it can't be is no error in the log.
        await Eventually.HoldsAsync(() => failed >= 3, "partners are asked for trust lists");
        await PutFileBackAsync();
    }

    /// <summary>A server's certificate is looked at when a connection is made; this one stands since before.</summary>
    [Test]
    public async Task Following_CertificateOfTheOtherNodeIsRevoked_StopsOnTheStandingConnection()
    {
        using var certificate = X509Certificate2.CreateFromPemFile(Federation.PathOf("120000/node/cert.pem"), Federation.PathOf("120000/node/key.pem"));
        var health = Beijing.Services.GetRequiredService<FeedHealth>();
        await Eventually.HoldsAsync(() => health.Of(TestFederation.Tianjin).Error is null, "Beijing follows Tianjin");

        ChangeFile(file => file["revokedCertificates"] = new JsonArray(certificate.GetCertHashString(HashAlgorithmName.SHA256)));

        await Eventually.HoldsAsync(() => health.Of(TestFederation.Tianjin).Error is not null, "Beijing does not follow Tianjin");
        await PutFileBackAsync();
    }

    [Test]
    public async Task Expiry_PartnersCertificateEndsSoon_IsSaidOnceADay()
    {
        var organisation = _organisations["nothing"];
        var now = Federation.Clock.GetUtcNow();
        var soon = Beijing.Connect(Beijing.MakeIdentity(IdentityRole.Verifier, organisation, period: new Period(now.AddDays(-1), now.AddDays(10).AddHours(1)))).Verifications;
        await soon.VerifyAsync(s_request);
        var watch = Beijing.Services.GetServices<IHostedService>().OfType<ExpiryWatch>().Single();

        watch.Look();

        var message = $"The certificate of partner urn:crossprovince:110000:verifier:{organisation} ends in 10 days";
        Assert.That(Federation.Logs.Count(message), Is.EqualTo(1));
        watch.Look();
        Assert.That(Federation.Logs.Count(message), Is.EqualTo(1), "once");
        var problem = Beijing.Services.GetRequiredService<NodeOverview>().Read().Problems.Single(p => p.Text.En.Contains(organisation, StringComparison.Ordinal));
        Assert.That(problem.Text.En, Does.Contain("ends in 10 days: tell them to replace it"));

        // Who comes with a new one is warned of no more.
        await Beijing.Connect(Beijing.MakeIdentity(IdentityRole.Verifier, organisation, period: new Period(now.AddDays(-1), now.AddDays(300)))).Verifications.VerifyAsync(s_request);
        Assert.That(Beijing.Services.GetRequiredService<PartnerCertificates>().Ends().Single(end => end.Name.Organisation == organisation).End, Is.GreaterThan(now.AddDays(200)));
        Assert.That(Beijing.Services.GetRequiredService<NodeOverview>().Read().Problems.Where(p => p.Text.En.Contains(organisation, StringComparison.Ordinal)), Is.Empty);
    }

    protected override async Task PrepareAsync()
    {
        _card = await Beijing.TakeAsync(TestLicences.IdentityCard(TestFederation.Beijing, 1));
        ChangeFile(file =>
        {
            var organisations = file["organisations"]!.AsArray();
            organisations.Single(o => (string?)o!["role"] == "authority")!["types"] = new JsonArray("driving-licence");
            file["regions"] = new JsonArray(new JsonObject { ["region"] = "130000", ["limits"] = new JsonObject { ["perDay"] = 1 } });
            foreach (var (name, agreed) in s_agreed)
            {
                var entry = agreed.DeepClone().AsObject();
                entry["organisation"] = _organisations[name] = SampleOrganisations.Code(TestFederation.Beijing, (IdentityRole)(30 + _organisations.Count));
                entry["role"] = "verifier";
                organisations.Add(entry);
            }
        });
        _before = await File.ReadAllTextAsync(Beijing.PartnerFile);
        await Federation.LetStandAsync();
        await Eventually.HoldsAsync(() => Beijing.Services.GetRequiredService<PartnerFile>().Find("verifier", _organisations["nothing"]) is not null, "the file is read again");
    }

    private VerificationService.VerificationServiceClient Verifier(string agreed) => Beijing.Connect(Beijing.MakeIdentity(IdentityRole.Verifier, _organisations[agreed])).Verifications;

    /// <summary>Hears what Beijing counts; nodes of one process have meters of their own.</summary>
    private MeterListener Listen(string name, Action<KeyValuePair<string, object?>[]> counted)
    {
        var meters = Beijing.Services.GetRequiredService<IMeterFactory>();
        var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listening) =>
            {
                if (instrument.Name == name && ReferenceEquals(instrument.Meter.Scope, meters))
                {
                    listening.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((_, _, tags, _) => counted(tags.ToArray()));
        listener.Start();
        return listener;
    }

    private void ChangeFile(Action<JsonObject> change)
    {
        var file = JsonNode.Parse(File.ReadAllText(Beijing.PartnerFile))!.AsObject();
        change(file);
        File.WriteAllText(Beijing.PartnerFile, file.ToJsonString());
    }

    /// <summary>And waits until the two regions follow each other again.</summary>
    private async Task PutFileBackAsync()
    {
        await File.WriteAllTextAsync(Beijing.PartnerFile, _before);
        await Eventually.HoldsAsync(() => Beijing.Services.GetRequiredService<FeedHealth>().Of(TestFederation.Tianjin).Error is null, "Beijing follows Tianjin again");
        await Eventually.HoldsAsync(() => Tianjin.Services.GetRequiredService<FeedHealth>().Of(TestFederation.Beijing).Error is null, "Tianjin follows Beijing again");
    }
}
