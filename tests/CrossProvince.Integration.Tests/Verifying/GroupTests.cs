using CrossProvince.Cli.Certs;
using CrossProvince.Contracts.Verification.V1;
using CrossProvince.Integration.Tests.Nodes;
using CrossProvince.Service.Licences;
using CrossProvince.Service.Recording;
using CrossProvince.Service.Storage;
using CrossProvince.Service.Verifying;
using Dapper;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using static CrossProvince.Integration.Tests.Nodes.Refusal;

namespace CrossProvince.Integration.Tests.Verifying;

/// <summary>Scans of several callers that are verified together: each is answered as if it had come alone.</summary>
public sealed class GroupTests : FederationFixture
{
    private const int LongestQueue = 2_000;

    private readonly Queue<StoredLicence> _cards = new();
    private string _limitedVerifier = null!;

    internal override FederationPlan Plan { get; } = new()
    {
        Services = HeldRecorder.Install,
        Settings = new Dictionary<string, string> { ["Limits:WaitingCodes"] = $"{LongestQueue}" },
    };

    private HeldRecorder Recorder => HeldRecorder.Of(Beijing);

    [TearDown]
    public void MendRecorder() => Recorder.IsBroken = false;

    [Test]
    public async Task Verify_CallersOfOneGroup_SeeTheirOwnAnswersOnly()
    {
        var (own, byNode, limited) = (await ShowAsync("hotel-checkin"), await ShowAsync("hotel-checkin"), await ShowAsync("hotel-checkin"));
        var person = Beijing.Connect("verifier").VerificationsAs(TestTokens.Holder(TestLicences.Person(TestFederation.Beijing, 1), Beijing.Clock));
        List<Task<VerifyResponse>> calls;
        await using (await Recorder.HoldAsync(Beijing))
        {
            calls =
            [
                VerifyAsync(Beijing.Verifications, own.Code, "a"),
                VerifyAsync(Beijing.Connect("../120000/node").Verifications, byNode.Code, "b"),
                VerifyAsync(Beijing.Connect(_limitedVerifier).Verifications, limited.Code, "c"),
                VerifyAsync(person, limited.Code, "d"),
            ];
            await HeldRecorder.WaitingAsync(Beijing, calls.Count);
        }

        var answers = (await Task.WhenAll(calls)).Select(r => r.Verification).ToList();

        Assert.That(Recorder.Groups.Single().Select(r => r.TerminalId), Is.EquivalentTo(new[] { "a", "b", "c", "d" }), "They were one group.");
        Assert.That(answers.Select(a => a.Verdict), Is.EqualTo(new[] { Verdict.Valid, Verdict.Valid, Verdict.VerifierNotAllowed, Verdict.VerifierNotAllowed }));
        Assert.That(answers[0].Disclosed, Is.EquivalentTo(new Dictionary<string, string> { ["holder.name"] = own.Card.Record.Holder.Name, ["number"] = own.Card.Record.Number }));
        Assert.That(answers.Skip(1).Select(a => a.Disclosed.Count), Is.All.Zero);
        Assert.That(Recorder.Groups.Single().ToDictionary(r => r.TerminalId, r => r.Disclosed)["a"], Is.EqualTo("holder.name,number"));
        Assert.That(Recorder.Groups.Single().Select(r => r.Caller).Distinct().Count(), Is.EqualTo(4));
    }

    [Test]
    public async Task Verify_SameRequestIdTwiceAtOnce_IsOneVerification()
    {
        var code = (await ShowAsync("counter-check")).Code;
        List<Task<VerifyResponse>> calls = [];
        await using (await Recorder.HoldAsync(Beijing))
        {
            calls.AddRange(Enumerable.Range(0, 3).Select(_ => VerifyAsync(Beijing.Verifications, code, "a", "twice-at-once")));
            await HeldRecorder.WaitingAsync(Beijing, 3);
        }

        var answers = (await Task.WhenAll(calls)).Select(r => r.Verification).ToList();

        Assert.That(answers.Select(a => (a.Verdict, a.Repeated, a.VerificationId)), Is.All.EqualTo((Verdict.Valid, false, answers[0].VerificationId)));
        Assert.That(Recorder.Groups.Sum(g => g.Count), Is.EqualTo(1));
    }

    [Test]
    public async Task Verify_RequestIdUnderWayInAnotherGroup_WaitsForItsAnswer()
    {
        var code = (await ShowAsync("counter-check")).Code;
        Task<VerifyResponse> first, second, other;
        await using (await Recorder.HoldAsync(Beijing, places: 0))
        {
            first = VerifyAsync(Beijing.Verifications, code, "a", "under-way");
            await Eventually.HoldsAsync(() => Recorder.Groups.Any(), "the first is being recorded");

            // These are of the second group, which the others fill.
            second = VerifyAsync(Beijing.Verifications, code, "a", "under-way");
            other = VerifyAsync(Beijing.Verifications, "y", "a", "under-way");
            await HeldRecorder.WaitingAsync(Beijing, 2);
            var others = Enumerable.Repeat(new VerifyRequest { Code = "z", TerminalId = "t" }, Gathering.SecondGroup);
            _ = Beijing.Verifications.VerifyBatchAsync(new VerifyBatchRequest { Requests = { others } });
            await Eventually.HoldsAsync(() => Recorder.Groups.Count() == 2, "the second is being recorded");
            Assert.That(second.IsCompleted, Is.False, "Nothing is answered that has not been recorded.");
        }

        Assert.That((await second).Verification.VerificationId, Is.EqualTo((await first).Verification.VerificationId));
        Assert.That(Of(() => other).Field, Is.EqualTo("request_id"), "Another request under the same id.");
        Assert.That(Recorder.Groups.Select(g => g.Count), Is.EqualTo(new[] { 1, Gathering.SecondGroup }));
    }

    [Test]
    public async Task VerifyBatch_SameShowingByAHundredOwners_IsValidForOne()
    {
        var code = (await ShowAsync("counter-check")).Code;
        var batch = new VerifyBatchRequest { Requests = { Enumerable.Range(0, 100).Select(n => new VerifyRequest { Code = code, TerminalId = $"window-{n}" }) } };

        var verdicts = (await Beijing.Verifications.VerifyBatchAsync(batch)).Results.Select(r => r.Verification.Verdict).ToList();

        Assert.That(verdicts[0], Is.EqualTo(Verdict.Valid), "The first of them is first.");
        Assert.That(verdicts.Skip(1), Is.All.EqualTo(Verdict.Replayed));
    }

    [Test]
    public async Task Verify_SameShowingAtOnceFromManyConnections_IsValidForOne()
    {
        var code = (await ShowAsync("counter-check")).Code;

        var answers = await Task.WhenAll(Enumerable.Range(0, 100).Select(n => VerifyAsync(Beijing.Verifications, code, $"window-{n}")));

        Assert.That(answers.Count(a => a.Verification.Verdict == Verdict.Valid), Is.EqualTo(1));
        Assert.That(answers.Count(a => a.Verification.Verdict == Verdict.Replayed), Is.EqualTo(99));
    }

    [Test]
    public async Task Verify_GroupCannotBeRecorded_NoneOfItIsAnswered()
    {
        var code = (await ShowAsync("counter-check")).Code;
        List<Task> calls = [];
        await using (await Recorder.HoldAsync(Beijing))
        {
            Recorder.IsBroken = true;
            calls.Add(VerifyAsync(Beijing.Verifications, code, "a", "unrecorded-1"));
            calls.Add(VerifyAsync(Beijing.Connect("../120000/node").Verifications, "y", "b", "unrecorded-2"));
            calls.Add(VerifyAsync(Beijing.Verifications, code, "a", "unrecorded-1"));
            calls.Add(Beijing.Verifications.VerifyBatchAsync(new VerifyBatchRequest { Requests = { Enumerable.Repeat(new VerifyRequest { Code = "z", TerminalId = "c", RequestId = "unrecorded-3" }, 300) } }).ResponseAsync);
            await HeldRecorder.WaitingAsync(Beijing, 303);
        }

        foreach (var call in calls)
        {
            var error = Of(() => call);
            Assert.That((error.StatusCode, error.Reason, error.RetryAfter > TimeSpan.Zero), Is.EqualTo((StatusCode.Unavailable, "RECORDING_UNAVAILABLE", true)));
        }

        Recorder.IsBroken = false;
        var again = (await VerifyAsync(Beijing.Verifications, code, "a", "unrecorded-1")).Verification;
        Assert.That((again.Verdict, again.Repeated), Is.EqualTo((Verdict.Valid, true)), "The use was claimed, and is held for its owner.");
        Assert.That((await VerifyAsync(Beijing.Verifications, code, "elsewhere")).Verification.Verdict, Is.EqualTo(Verdict.Replayed));
        Assert.That(await RecordedAsync(), Does.Contain("unrecorded-1").And.Not.Contain("unrecorded-2").And.Not.Contain("unrecorded-3"));
    }

    [Test]
    public async Task Verify_TooManyWait_IsExhaustedAndNotRecorded()
    {
        var node = Beijing.Connect("../120000/node").Verifications;
        List<Task> calls = [];
        await using (await Recorder.HoldAsync(Beijing))
        {
            calls.Add(node.VerifyBatchAsync(new VerifyBatchRequest { Requests = { Enumerable.Repeat(new VerifyRequest { Code = "x", TerminalId = "t" }, LongestQueue / 2) } }).ResponseAsync);
            await HeldRecorder.WaitingAsync(Beijing, LongestQueue / 2);

            var error = Of(() => VerifyAsync(node, "x", "t", "too-many"));
            Assert.That((error.StatusCode, error.Reason, error.RetryAfter > TimeSpan.Zero), Is.EqualTo((StatusCode.ResourceExhausted, "NODE_BUSY", true)));

            calls.Add(VerifyAsync(Beijing.Verifications, "x", "t", "room-for-others"));
            await HeldRecorder.WaitingAsync(Beijing, (LongestQueue / 2) + 1);
        }

        await Task.WhenAll(calls);
        Assert.That(await RecordedAsync(), Does.Contain("room-for-others").And.Not.Contain("too-many"));
    }

    protected override async Task PrepareAsync()
    {
        var cards = Enumerable.Range(0, 20).Select(n => TestLicences.IdentityCard(TestFederation.Beijing, n)).ToList();
        await Beijing.ImportAsync(cards);
        foreach (var card in cards)
        {
            _cards.Enqueue(await Beijing.FindAsync(TestLicences.IdOf(card)));
        }

        var organisation = SampleOrganisations.Code(TestFederation.Beijing, (IdentityRole)7);
        _limitedVerifier = Beijing.MakeIdentity(IdentityRole.Verifier, organisation);
        await Beijing.ChangePartnersAsync(organisations => organisations.Add(new System.Text.Json.Nodes.JsonObject
        {
            ["organisation"] = organisation,
            ["role"] = "verifier",
            ["scenarios"] = new System.Text.Json.Nodes.JsonArray("counter-check"),
        }));
        await Federation.LetStandAsync();
    }

    private async Task<(string Code, StoredLicence Card)> ShowAsync(string scenario)
    {
        var card = _cards.Dequeue();
        return ((await Beijing.PresentAsync(card, scenario)).Code, card);
    }

    private static Task<VerifyResponse> VerifyAsync(VerificationService.VerificationServiceClient client, string code, string terminal, string requestId = "") =>
        client.VerifyAsync(new VerifyRequest { Code = code, TerminalId = terminal, RequestId = requestId }).ResponseAsync;

    private async Task<List<string>> RecordedAsync()
    {
        await Beijing.Services.GetRequiredService<VerificationSpool>().DrainedAsync(CancellationToken.None);
        await using var connection = await Beijing.Services.GetRequiredService<Database>().OpenAsync(CancellationToken.None);
        return [.. await connection.QueryAsync<string>("SELECT request_id FROM verifications WHERE request_id IS NOT NULL")];
    }
}
