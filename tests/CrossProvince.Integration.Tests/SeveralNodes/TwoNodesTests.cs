using System.Diagnostics;
using CrossProvince.Client.Connecting;
using CrossProvince.Contracts.Licences.V1;
using CrossProvince.Contracts.Presentation.V1;
using CrossProvince.Contracts.Verification.V1;
using CrossProvince.Core.Identifiers;
using CrossProvince.Integration.Tests.Nodes;
using CrossProvince.Integration.Tests.Processes;
using CrossProvince.Service.Tests.Backends;
using CrossProvince.Tests;

namespace CrossProvince.Integration.Tests.SeveralNodes;

/// <summary>Two nodes of Beijing, processes of their own, on one PostgreSQL and one Redis; Tianjin reaches them through a load balancer.</summary>
[Category("Alone")]
public sealed class TwoNodesTests
{
    private static readonly RegionCode s_beijing = RegionCode.Parse("110000");
    private static readonly RegionCode s_tianjin = RegionCode.Parse("120000");
    private static readonly Uri[] s_apis = [.. Enumerable.Range(0, 2).Select(_ => new Uri($"https://127.0.0.1:{FreePort.Next()}"))];

    private readonly NodeProcess?[] _nodes = new NodeProcess?[2];
    private readonly NodeConnection[] _verifiers = new NodeConnection[2];
    private readonly NodeConnection[] _authorities = new NodeConnection[2];
    private readonly Queue<string> _cards = new();
    private PostgresServer _postgres = null!;
    private RedisServer _redis = null!;
    private NodeFederation _federation = null!;
    private Balancer _balancer = null!;
    private NodeProcess _partner = null!;
    private NodeConnection _partnerVerifier = null!;
    private string _database = "";
    private int _terminals;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        (_postgres, _redis) = (PostgresServer.StartNew(), RedisServer.StartNew());
        _database = _postgres.NewDatabase();
        _federation = NodeFederation.Create(s_beijing, s_tianjin);
        _balancer = new Balancer(_federation.Endpoint(s_beijing), s_apis);

        // Both at once: they bring the tables up to date one after the other.
        (_nodes[0], _nodes[1]) = (StartNode(0), StartNode(1));
        _partner = NodeProcess.Start(_federation, s_tianjin);
        await Task.WhenAll(_nodes[0]!.ReadyAsync(), _nodes[1]!.ReadyAsync(), _partner.ReadyAsync());
        for (var i = 0; i < 2; i++)
        {
            _verifiers[i] = _federation.Connect(s_beijing, "verifier", s_apis[i]);
            _authorities[i] = _federation.Connect(s_beijing, "authority", s_apis[i]);
        }

        _partnerVerifier = _federation.Connect(s_tianjin, "verifier");

        // Both import at once.
        var lines = _federation.Lines(s_beijing, 60, seed: 5).Where(Importing.IsIdentityCard).ToList();
        await Task.WhenAll(lines.Chunk((lines.Count / 2) + 1).Select((half, i) => _authorities[i].ImportAsync(half)));
        foreach (var line in lines)
        {
            _cards.Enqueue(Importing.LicenceId(line));
        }

        await PresentAsync(0, _cards.Dequeue());
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        _partnerVerifier.Dispose();
        foreach (var connection in _verifiers.Concat(_authorities))
        {
            connection.Dispose();
        }

        await _partner.DisposeAsync();
        foreach (var node in _nodes)
        {
            await node!.DisposeAsync();
        }

        await _balancer.DisposeAsync();
        _federation.Dispose();
        _redis.Dispose();
        _postgres.Dispose();
    }

    /// <summary>No node, and no partner, has anything to complain of, whatever the test did.</summary>
    [TearDown]
    public void CheckLogs()
    {
        foreach (var node in _nodes.Append(_partner))
        {
            Assert.That(node!.Complaints, Is.Empty);
        }
    }

    [TestCase(0, 1)]
    [TestCase(1, 0)]
    public async Task Verify_UsedAtOneNode_IsReplayedAtTheOther(int first, int second)
    {
        var code = await PresentAsync(first, _cards.Dequeue());

        Assert.That(await VerifyAsync(_verifiers[first], code, "window-1"), Is.EqualTo(Verdict.Valid));
        Assert.That(await VerifyAsync(_verifiers[second], code, "window-2"), Is.EqualTo(Verdict.Replayed));
        Assert.That(await VerifyAsync(_verifiers[second], code, "window-1"), Is.EqualTo(Verdict.Valid), "The same owner may scan again, at any node.");
    }

    [Test]
    public async Task Verify_AtBothNodesAtOnce_OnlyOneIsValid()
    {
        for (var i = 0; i < 10; i++)
        {
            var code = await PresentAsync(i % 2, _cards.Dequeue());

            var verdicts = await Task.WhenAll(_verifiers.Select((node, n) => VerifyAsync(node, code, $"window-{n}")));

            Assert.That(verdicts, Is.EquivalentTo(new[] { Verdict.Valid, Verdict.Replayed }));
        }
    }

    [Test]
    public async Task Create_ShowingOfTheOtherNode_IsContinued()
    {
        var id = _cards.Dequeue();
        var first = await (await Holder.SignInAsync(_verifiers[0], id)).PresentAsync();

        var second = await (await Holder.SignInAsync(_verifiers[1], id)).PresentAsync(showing: first.ShowingId);

        Assert.That(second.ShowingId, Is.EqualTo(first.ShowingId));
        Assert.That(await VerifyAsync(_verifiers[0], second.Code, "window-1"), Is.EqualTo(Verdict.Valid));
    }

    [Test]
    public async Task ChangeStatus_AtOneNode_IsSeenByTheOtherWithinASecond()
    {
        var times = new List<double>();
        for (var i = 0; i < 6; i++)
        {
            var id = _cards.Dequeue();
            var other = _verifiers[(i + 1) % 2];
            var code = await PresentAsync(i % 2, id);
            Assert.That(await VerifyAsync(other, code, "window-1"), Is.EqualTo(Verdict.Valid));

            await RevokeAsync(i % 2, id);
            var changed = Stopwatch.GetTimestamp();
            while (await VerifyAsync(other, code, "window-1") != Verdict.Revoked)
            {
                Assert.That(Stopwatch.GetElapsedTime(changed), Is.LessThan(TimeSpan.FromSeconds(1)));
            }

            times.Add(Stopwatch.GetElapsedTime(changed).TotalMilliseconds);
        }

        await TestContext.Progress.WriteLineAsync($"A change was answered REVOKED by the other node after {string.Join(", ", times.Select(t => $"{t:F0}"))} ms.");
    }

    [Test]
    [Order(100)]
    public async Task Kill_EitherNode_TheOtherAndThePartnerGoOn([Values(0, 1)] int killed)
    {
        var left = 1 - killed;
        var (before, after) = (await PresentAsync(killed, _cards.Dequeue()), _cards.Dequeue());
        Assert.That(await VerifyAsync(_verifiers[killed], before, "window-1"), Is.EqualTo(Verdict.Valid));

        await _nodes[killed]!.KillAsync();

        Assert.That(await VerifyAsync(_verifiers[left], before, "window-2"), Is.EqualTo(Verdict.Replayed), "What was used at the node that is gone stays used.");
        var code = await PresentAsync(left, after);
        await Eventually.HoldsAsync(async () => await VerifyAsync(_partnerVerifier, code, "window-3") == Verdict.Valid, "Tianjin finds the code valid");
        var start = Stopwatch.GetTimestamp();
        await RevokeAsync(left, after);
        await Eventually.HoldsAsync(async () => await VerifyAsync(_partnerVerifier, code, "window-3") == Verdict.Revoked, "Tianjin sees a revocation made at the node that is left");
        await TestContext.Progress.WriteLineAsync($"Tianjin saw the change after {Stopwatch.GetElapsedTime(start).TotalMilliseconds:F0} ms, with one of two nodes killed.");

        Assert.That(_nodes[killed]!.Complaints, Is.Empty);
        _nodes[killed] = StartNode(killed);
        await _nodes[killed]!.ReadyAsync();
        Assert.That(_nodes[killed]!.Lines, Has.Some.Contains("licence index is loaded"));
        Assert.That(await VerifyAsync(_verifiers[killed], before, "window-2"), Is.EqualTo(Verdict.Replayed));
        Assert.That(_partner.Lines, Has.None.Contains("ALARM"));
    }

    private NodeProcess StartNode(int number) => NodeProcess.Start(
        _federation,
        s_beijing,
        "--Listen:Api", s_apis[number].ToString(),
        "--Listen:Web", $"http://127.0.0.1:{FreePort.Next()}",
        "--ConnectionStrings:Database", _database,
        "--ConnectionStrings:Redis", _redis.ConnectionString);

    /// <summary>Shows a licence at a node, as soon as its entry has stood for long enough.</summary>
    private async Task<string> PresentAsync(int node, string licenceId)
    {
        var holder = await Holder.SignInAsync(_verifiers[node], licenceId);
        CreatePresentationResponse? shown = null;
        await Eventually.HoldsAsync(
            async () =>
            {
                try
                {
                    shown = await holder.PresentAsync();
                }
                catch (NodeException e) when (e.StatusCode == Grpc.Core.StatusCode.Unavailable)
                {
                    await Task.Delay(200);
                }

                return shown is not null;
            },
            "the licence can be shown");
        return shown!.Code;
    }

    private async Task RevokeAsync(int node, string licenceId) =>
        await _authorities[node].Licences.ChangeStatusAsync(new ChangeStatusRequest { LicenceId = licenceId, Status = LicenceStatus.Revoked, Reason = "test" });

    private async Task<Verdict> VerifyAsync(NodeConnection node, string code, string terminal) => (await node.Verifications.VerifyAsync(new VerifyRequest
    {
        Code = code,
        Scenario = "counter-check",
        TerminalId = terminal,
        RequestId = $"request-{Interlocked.Increment(ref _terminals)}",
    })).Verification.Verdict;
}
