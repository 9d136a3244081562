using System.Diagnostics;
using System.Net;
using CrossProvince.Client.Connecting;
using CrossProvince.Contracts.Verification.V1;
using CrossProvince.Core.Signatures;
using CrossProvince.Integration.Tests.Nodes;
using CrossProvince.Service.Licences;
using CrossProvince.Service.Recording;
using CrossProvince.Service.Storage;
using CrossProvince.Service.Tests.Backends;
using Dapper;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;

namespace CrossProvince.Integration.Tests.SeveralNodes;

/// <summary>PostgreSQL or Redis gone, or hanging, under a running node: what it answers, how soon, and that it goes on by itself. Each test has servers of its own.</summary>
/// <remarks>What they do to a region under load, and for longer, is in tests/CrossProvince.Faults.Tests.</remarks>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
[Parallelizable(ParallelScope.All)]
public sealed class OutageTests
{
    /// <summary>With the limits that these nodes are given 9 s; the rest is for a busy machine.</summary>
    private static readonly TimeSpan s_longestAnswer = TimeSpan.FromSeconds(20);

    private static readonly HttpClient s_http = new();
    private static readonly SoftwareSigner s_unknownKey = SoftwareSigner.FromPem(SoftwareSigner.Generate(SignatureAlgorithm.Sm2));
    private readonly Queue<StoredLicence> _cards = new();
    private readonly Queue<StoredLicence> _licences = new();
    private PostgresServer _postgres = null!;
    private RedisServer _redis = null!;
    private TestFederation _federation = null!;

    private TestNode Node => _federation[TestFederation.Beijing];

    [TearDown]
    public async Task StopAsync()
    {
        await _federation.DisposeAsync();
        _redis.Dispose();
        _postgres.Dispose();
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task Postgres_Away_ScansGoOnAndNothingIsClaimedThatCannotBeTold(bool hangs)
    {
        await StartAsync("Database");
        var (used, code, licence, invented) = (await ShowAsync(), await ShowAsync(), await ShowManyAsync(), Invented());
        Assert.That(await VerifyAsync(used, "window-1"), Is.EqualTo(Verdict.Valid));
        Expect("A transaction of", "could not be followed or published");

        Break(hangs);
        var times = new List<TimeSpan>();
        for (var i = 0; i < 3; i++)
        {
            times.AddRange(await Task.WhenAll(
                TimeAsync(() => AskAsync(code, "window-1"), (Verdict.Undetermined, UndeterminedReason.UseNotChecked)),
                TimeAsync(() => AskAsync(used, "window-2"), (Verdict.Undetermined, UndeterminedReason.UseNotChecked)),
                TimeAsync(() => AskAsync(licence, "window-1", "traffic-stop"), (Verdict.Undetermined, UndeterminedReason.UseNotChecked)),
                TimeAsync(() => AskAsync(invented, "window-1", requestId: "outage"), (Verdict.UnknownKey, UndeterminedReason.Unspecified)),
                FailsAsync(() => Node.PresentAsync(_cards.Peek(), "counter-check")),
                FailsAsync(() => Node.ChangeStatusAsync(_cards.Peek().Record.Id.ToString(), Contracts.Licences.V1.LicenceStatus.Suspended))));
        }

        Assert.That(times, Is.All.LessThan(s_longestAnswer));
        Assert.That(times.TakeLast(6), Is.All.LessThan(TimeSpan.FromSeconds(3)), "Once it is known to be away, nobody waits.");
        Assert.That(await ReadyAsync(), Is.EqualTo(HttpStatusCode.OK), "Counters go on being served.");
        await TestContext.Progress.WriteLineAsync($"PostgreSQL {(hangs ? "hangs" : "is gone")}: answered after {string.Join(", ", times.Select(t => $"{t.TotalMilliseconds:F0}"))} ms.");

        Mend(hangs);
        await Eventually.HoldsAsync(async () => await CanShowAsync(), "the node has its database again");
        code = await ShowAsync();
        Assert.That(await VerifyAsync(code, "window-1"), Is.EqualTo(Verdict.Valid));
        Assert.That(await VerifyAsync(code, "window-2"), Is.EqualTo(Verdict.Replayed));
        Assert.That(await VerifyAsync(used, "window-2"), Is.EqualTo(Verdict.Replayed));
        await Node.ChangeStatusAsync(_cards.Peek().Record.Id.ToString(), Contracts.Licences.V1.LicenceStatus.Suspended);

        // The spool learns by itself, some seconds later at most, that its database is there again.
        await Eventually.HoldsAsync(async () => await RecordedAsync("outage") > 0, "what was recorded while the database was away is in it");
        Assert.That(await RecordedAsync("outage"), Is.EqualTo(1), "Recorded once.");
        Expect("A transaction of", "could not be followed or published");

        void Break(bool hang) => Act(hang ? _postgres.Freeze : _postgres.Kill);
        void Mend(bool hang) => Act(hang ? _postgres.Resume : _postgres.Start);
    }

    // With the default store nothing that decides a verdict is in Redis.
    [TestCase(true)]
    [TestCase(false)]
    public async Task Redis_AwayAndTheDatabaseDecides_EverythingGoesOn(bool hangs)
    {
        await StartAsync("Database");
        var code = await ShowAsync();

        Act(hangs ? _redis.Freeze : _redis.Kill);
        var start = Stopwatch.GetTimestamp();
        Assert.That(await VerifyAsync(code, "window-1"), Is.EqualTo(Verdict.Valid));
        Assert.That(await VerifyAsync(code, "window-2"), Is.EqualTo(Verdict.Replayed));
        var other = await ShowAsync();
        await Node.ChangeStatusAsync(_cards.Peek().Record.Id.ToString(), Contracts.Licences.V1.LicenceStatus.Suspended);
        Assert.That(await VerifyAsync(other, "window-1"), Is.EqualTo(Verdict.Valid));
        Assert.That(Stopwatch.GetElapsedTime(start), Is.LessThan(s_longestAnswer));
        await Eventually.HoldsAsync(() => _federation.Logs.Has("Redis cannot be used"), "the node says that Redis is away");
        Assert.That(await ReadyAsync(), Is.EqualTo(HttpStatusCode.OK));

        Act(hangs ? _redis.Resume : _redis.Start);
        await Eventually.HoldsAsync(() => _redis.Database.KeyExists($"cp:{{{TestFederation.Beijing}}}:v1:head"), "the index is kept in Redis again");
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task Redis_AwayAndItDecides_SingleUseIsUndeterminedUntilOldCodesHaveDied(bool hangs)
    {
        await StartAsync("Cache");
        var (used, code, licence) = (await ShowAsync(), await ShowAsync(), _licences.Dequeue());
        Assert.That(await VerifyAsync(used, "window-1"), Is.EqualTo(Verdict.Valid));

        Act(hangs ? _redis.Freeze : _redis.Kill);
        var many = (await Node.PresentAsync(licence, "traffic-stop")).Code;
        var start = Stopwatch.GetTimestamp();
        Assert.That(await AskAsync(code, "window-1"), Is.EqualTo((Verdict.Undetermined, UndeterminedReason.UseNotChecked)));
        Assert.That(await AskAsync(used, "window-2"), Is.EqualTo((Verdict.Undetermined, UndeterminedReason.UseNotChecked)));
        Assert.That(await VerifyAsync(many, "window-1", "traffic-stop"), Is.EqualTo(Verdict.Valid), "What may be shown many times needs no Redis.");
        Assert.That(Stopwatch.GetElapsedTime(start), Is.LessThan(s_longestAnswer));

        Act(hangs ? _redis.Resume : _redis.Start);
        if (hangs)
        {
            // It lost nothing.
            await Eventually.HoldsAsync(async () => await VerifyAsync(used, "window-2") == Verdict.Replayed, "a used showing is known again");
            Assert.That(await VerifyAsync(code, "window-1"), Is.EqualTo(Verdict.Valid));
        }
        else
        {
            // It lost everything, and says so for as long as a code made before can live.
            await Eventually.HoldsAsync(() => _redis.Database.KeyExists($"cp:{{{TestFederation.Beijing}}}:v1:head"), "Redis is in use again");
            Assert.That(await AskAsync(used, "window-2"), Is.EqualTo((Verdict.Undetermined, UndeterminedReason.UseNotChecked)));
            await _federation.AdvanceAsync(TimeSpan.FromSeconds(785));
            Assert.That(await VerifyAsync(await ShowAsync(), "window-1"), Is.EqualTo(Verdict.Valid));
        }
    }

    private static void Act(Action action) => action();

    private void Expect(params string[] errors)
    {
        foreach (var error in errors)
        {
            _federation.Logs.Declare(error);
        }
    }

    private async Task StartAsync(string store)
    {
        (_postgres, _redis) = (PostgresServer.StartNew(), RedisServer.StartNew());
        _federation = await TestFederation.StartAsync(new()
        {
            Running = [TestFederation.Beijing],
            Settings = new Dictionary<string, string>
            {
                ["ConnectionStrings:Database"] = $"{_postgres.NewDatabase()};Timeout=2;Command Timeout=3",
                ["ConnectionStrings:Redis"] = _redis.Patient(2_000),
                ["SingleUse:Store"] = store,

                // An unknown key is no longer called unknown when the list was not read for five of these.
                ["Trust:RefreshInterval"] = "00:01:00",
            },
        });
        for (var i = 0; i < 6; i++)
        {
            _cards.Enqueue(await Node.TakeAsync(TestLicences.IdentityCard(TestFederation.Beijing, i + 1)));
        }

        _licences.Enqueue(await Node.TakeAsync(TestLicences.DrivingLicence(TestFederation.Beijing, 50)));
        await _federation.LetStandAsync();
        if (store == "Cache")
        {
            // The epoch begins with the first question and must be old enough.
            await VerifyAsync(await ShowAsync(), "window-0");
            await _federation.AdvanceAsync(TimeSpan.FromSeconds(785));
        }
    }

    private async Task<string> ShowAsync() => (await Node.PresentAsync(_cards.Dequeue(), "counter-check")).Code;

    private async Task<Verdict> VerifyAsync(string code, string terminal, string scenario = "counter-check") => (await AskAsync(code, terminal, scenario)).Verdict;

    private async Task<string> ShowManyAsync() => (await Node.PresentAsync(_licences.Peek(), "traffic-stop")).Code;

    /// <summary>A code of a key that nobody knows.</summary>
    private string Invented()
    {
        var card = _cards.Peek();
        return TestCodes.Sign(TestCodes.Claims(_federation, TestFederation.Beijing, card, "counter-check"), card.Record.Display, s_unknownKey);
    }

    private async Task<bool> CanShowAsync()
    {
        try
        {
            await ShowManyAsync();
            return true;
        }
        catch (NodeException e) when (e.StatusCode == StatusCode.Unavailable)
        {
            return false;
        }
    }

    /// <summary>How many verifications of a request id the database has.</summary>
    private async Task<long> RecordedAsync(string requestId)
    {
        await Node.Services.GetRequiredService<VerificationSpool>().DrainedAsync(CancellationToken.None);
        await using var connection = await Node.Services.GetRequiredService<Database>().OpenAsync(CancellationToken.None);
        return await connection.ExecuteScalarAsync<long>("SELECT COUNT(*) FROM verifications WHERE request_id = @requestId", new { requestId });
    }

    private async Task<(Verdict Verdict, UndeterminedReason Reason)> AskAsync(string code, string terminal, string scenario = "counter-check", string requestId = "")
    {
        var answer = (await Node.Verifications.VerifyAsync(new VerifyRequest { Code = code, Scenario = scenario, TerminalId = terminal, RequestId = requestId })).Verification;
        return (answer.Verdict, answer.Reason);
    }

    private async Task<HttpStatusCode> ReadyAsync()
    {
        using var response = await s_http.GetAsync(new Uri(Node.Web, "healthz/ready"));
        return response.StatusCode;
    }

    /// <summary>The call is answered so; how long that took.</summary>
    private static async Task<TimeSpan> TimeAsync<T>(Func<Task<T>> call, T expected)
    {
        var start = Stopwatch.GetTimestamp();
        Assert.That(await call(), Is.EqualTo(expected));
        return Stopwatch.GetElapsedTime(start);
    }

    /// <summary>The call is refused as one to try again; how long that took.</summary>
    private static async Task<TimeSpan> FailsAsync<T>(Func<Task<T>> call)
    {
        var start = Stopwatch.GetTimestamp();
        try
        {
            await call();
        }
        catch (NodeException e) when (e.StatusCode == StatusCode.Unavailable)
        {
            return Stopwatch.GetElapsedTime(start);
        }

        throw new AssertionException("The node answered what it could not have done.");
    }
}
