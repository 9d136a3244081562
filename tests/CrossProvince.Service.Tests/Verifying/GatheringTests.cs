using System.Collections.Concurrent;
using CrossProvince.Contracts.Verification.V1;
using CrossProvince.Service.Identity;
using CrossProvince.Service.Verifying;
using Google.Rpc;
using Grpc.Core;

namespace CrossProvince.Service.Tests.Verifying;

/// <summary>Which scans are verified together, and who waits for whom. The tests hold every group until they let it go.</summary>
public sealed class GatheringTests
{
    private const int LongestQueue = 4_000;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private readonly List<IDisposable> _owned = [];
    private BlockingCollection<HeldGroup> _groups = null!;
    private Gathering _gathering = null!;

    [SetUp]
    public void Start()
    {
        _groups = [];
        var meters = new OwnMeters();
        _owned.AddRange([_groups, meters]);
        _gathering = new Gathering(
            group =>
            {
                var held = new HeldGroup([.. group]);
                _groups.Add(held);
                return held.Released.Task;
            },
            LongestQueue,
            new VerifyingMetrics(meters));
    }

    [TearDown]
    public void Stop()
    {
        _owned.ForEach(o => o.Dispose());
        _owned.Clear();
    }

    [Test]
    public async Task VerifyAsync_NodeIdle_IsAGroupOfOneAtOnce()
    {
        var (call, ended) = Send("a");

        var group = NextGroup();
        Assert.That(group.Scans, Is.EqualTo(call.Scans));
        Assert.That(ended.IsCompleted, Is.False, "Nothing is answered before its group has ended.");
        group.Release();
        await ended.WaitAsync(s_patience);
    }

    [Test]
    public async Task VerifyAsync_FewArrivedDuringAGroup_AreOneGroupAfterIt()
    {
        Send("first");
        var held = NextGroup();
        var calls = Enumerable.Range(0, Gathering.SecondGroup - 1).Select(n => Send($"caller-{n}")).ToList();
        Assert.That(_groups, Is.Empty);

        held.Release();
        var next = NextGroup();
        Assert.That(next.Scans, Is.EquivalentTo(calls.SelectMany(c => c.Call.Scans)));
        next.Release();
        await Task.WhenAll(calls.Select(c => c.Ended)).WaitAsync(s_patience);
    }

    [Test]
    public void VerifyAsync_ManyArrivedDuringAGroup_AreBegunBesideIt()
    {
        Send("first");
        NextGroup();
        var waiting = Enumerable.Range(0, Gathering.SecondGroup).Select(n => Send($"caller-{n}").Call.Scans[0]).ToList();

        Assert.That(NextGroup().Scans, Is.EquivalentTo(waiting));
    }

    [Test]
    public async Task VerifyAsync_OneOfTwoGroupsEndsAndFewWait_AreOneGroupAfterTheOther()
    {
        var held = FillPlaces();
        var call = Send("a");
        held[1].Release();
        await held[1].Scans[0].Call.Ended.WaitAsync(s_patience);
        var others = Send("b", scans: Gathering.SecondGroup - 1);

        Assert.That(NextGroup().Scans, Is.EquivalentTo(call.Call.Scans.Concat(others.Call.Scans)), "It waited for the group under way, or for enough others.");
    }

    [Test]
    public async Task VerifyAsync_ArrivedDuringGroups_FormExactlyTheNext()
    {
        var held = FillPlaces();
        var calls = new[] { Send("a"), Send("b", scans: Gathering.SecondGroup), Send("c"), Send("a", scans: 2) };
        Assert.That(_groups, Is.Empty);

        held[0].Release();
        var next = NextGroup();

        Assert.That(next.Scans, Is.EquivalentTo(calls.SelectMany(c => c.Call.Scans)));
        Assert.That(_groups, Is.Empty);
        next.Release();
        await Task.WhenAll(calls.Select(c => c.Ended)).WaitAsync(s_patience);
    }

    [Test]
    public void VerifyAsync_ScansOfOneCall_AreBegunInItsOrder()
    {
        var held = FillPlaces();
        var call = Send("a", scans: 100).Call;
        Send("b", scans: 100);

        held[0].Release();

        Assert.That(NextGroup().Scans.Where(scan => scan.Call == call), Is.EqualTo(call.Scans));
    }

    [Test]
    public async Task VerifyAsync_UnaryAmongABatchOfAnotherCaller_IsAnsweredFirst()
    {
        var held = FillPlaces();
        var batch = Send("a", scans: 1_000);
        var unary = Send("b");

        held[0].Release();
        var first = NextGroup();
        Assert.That(first.Scans, Has.Length.EqualTo(Gathering.LargestGroup).And.Member(unary.Call.Scans[0]));
        first.Release();
        await unary.Ended.WaitAsync(s_patience);
        Assert.That(batch.Ended.IsCompleted, Is.False);

        held[1].Release();
        ReleaseAll(until: batch.Ended);
        await batch.Ended;
    }

    [Test]
    public async Task VerifyAsync_UnaryBehindBatchesOfTheSameCaller_IsAnsweredWithTheFirst()
    {
        var held = FillPlaces();
        var batches = new[] { Send("a", scans: 1_000), Send("a", scans: 900) };
        var unary = Send("a");

        held[0].Release();
        NextGroup().Release();

        await unary.Ended.WaitAsync(s_patience);
        Assert.That(batches.Select(b => b.Ended.IsCompleted), Is.All.False);
    }

    [Test]
    public void VerifyAsync_ManyCallers_TakeTurns()
    {
        var held = FillPlaces();
        var heavy = Send("heavy", scans: 1_000).Call;
        var light = Enumerable.Range(0, 8).Select(n => Send($"light-{n}", scans: 20).Call).ToList();

        held[0].Release();
        var scans = NextGroup().Scans;

        Assert.That(light.Select(call => scans.Count(scan => scan.Call == call)), Is.All.EqualTo(20));
        Assert.That(scans.Count(scan => scan.Call == heavy), Is.EqualTo(Gathering.LargestGroup - (8 * 20)));
    }

    [Test]
    public async Task VerifyAsync_QueueFull_IsExhaustedAndSaysWhenToTryAgain()
    {
        var held = FillPlaces();
        Send("a", scans: LongestQueue / 2);
        var waiting = Send("b", scans: LongestQueue / 2);
        var (refused, ended) = Send("c");

        var error = Assert.ThrowsAsync<RpcException>(() => ended)!;
        Assert.That(error.StatusCode, Is.EqualTo(StatusCode.ResourceExhausted));
        Assert.That(error.GetRpcStatus()!.GetDetail<RetryInfo>()!.RetryDelay.ToTimeSpan(), Is.GreaterThan(TimeSpan.Zero));

        held[0].Release();
        held[1].Release();
        ReleaseAll(until: waiting.Ended, seen: scan => Assert.That(scan.Call, Is.Not.SameAs(refused), "What was refused is never begun."));
        var again = Send("c");
        ReleaseAll(until: again.Ended);
        await again.Ended;
    }

    [Test]
    public void VerifyAsync_OneCallerHasHalfTheQueue_OthersStillFindRoom()
    {
        FillPlaces();
        Send("a", scans: LongestQueue / 2);

        Assert.ThrowsAsync<RpcException>(() => Send("a").Ended);
        Assert.That(Send("b", scans: 1_000).Ended.IsFaulted, Is.False);
    }

    [Test]
    public async Task VerifyAsync_GivenUpWhileItWaits_IsNeverBegunAndLeavesItsRoom()
    {
        var held = FillPlaces();
        using var stop = new CancellationTokenSource();
        var given = Send("a", scans: LongestQueue / 2, stop.Token);
        await stop.CancelAsync();
        Assert.That(() => given.Ended, Throws.InstanceOf<OperationCanceledException>());

        var next = Send("a", scans: LongestQueue / 2);
        held[0].Release();
        held[1].Release();
        ReleaseAll(until: next.Ended, seen: scan => Assert.That(scan.Call, Is.SameAs(next.Call)));
        await next.Ended;
    }

    [Test]
    public async Task VerifyAsync_GivenUpHalfWay_EndsWithWhatWasBegun()
    {
        var held = FillPlaces();
        using var stop = new CancellationTokenSource();
        var (call, ended) = Send("a", scans: 1_000, stop.Token);
        held[0].Release();
        var begun = NextGroup();

        await stop.CancelAsync();
        Assert.That(ended.IsCompleted, Is.False, "What was begun is finished.");
        begun.Release();

        Assert.That(() => ended, Throws.InstanceOf<OperationCanceledException>());
        held[1].Release();
        var other = Send("b");
        Assert.That(NextGroup().Scans, Is.EqualTo(other.Call.Scans));
        Assert.That(call.Waiting, Is.Zero);
    }

    [Test]
    public void VerifyAsync_GivenUpBeforehand_IsNeverBegun()
    {
        Assert.That(() => Send("a", cancellation: new CancellationToken(true)).Ended, Throws.InstanceOf<OperationCanceledException>());
        Assert.That(_groups, Is.Empty);
    }

    [Test]
    public async Task VerifyAsync_GroupFails_AllOfItsCallsFailAndOthersGoOn()
    {
        var held = FillPlaces();
        var (unary, batch) = (Send("a"), Send("b", scans: 1_000));
        held[0].Release();
        NextGroup().Released.SetException(new InvalidOperationException("not recorded"));

        Assert.That(() => unary.Ended, Throws.InvalidOperationException);
        Assert.That(() => batch.Ended, Throws.InvalidOperationException);

        held[1].Release();
        await held[1].Scans[0].Call.Ended.WaitAsync(s_patience);
        var next = Send("c");
        Assert.That(NextGroup().Scans, Is.EqualTo(next.Call.Scans), "The rest of the batch was given up.");
    }

    [Test]
    public async Task VerifyAsync_ManyCallsFromManyThreads_VerifiesEachScanOnce()
    {
        var verified = new ConcurrentDictionary<Scan, int>();
        using var meters = new OwnMeters();
        var largest = 0;
        var gathering = new Gathering(
            async group =>
            {
                largest = Math.Max(largest, group.Count);
                await Task.Yield();
                foreach (var scan in group)
                {
                    verified.AddOrUpdate(scan, 1, (_, n) => n + 1);
                }
            },
            1_000_000,
            new VerifyingMetrics(meters));

        var calls = await Task.WhenAll(Enumerable.Range(0, 16).Select(thread => Task.Run(async () =>
        {
            var calls = new List<ScanCall>();
            for (var i = 0; i < 200; i++)
            {
                var call = MakeCall($"caller-{thread % 5}", 1 + ((thread + i) % 40));
                await gathering.VerifyAsync(call, CancellationToken.None);
                Assert.That(call.Scans.Select(scan => verified.GetValueOrDefault(scan)), Is.All.EqualTo(1));
                calls.Add(call);
            }

            return calls;
        }))).WaitAsync(TimeSpan.FromSeconds(60));

        Assert.That(verified, Has.Count.EqualTo(calls.Sum(c => c.Sum(call => call.Scans.Count))));
        Assert.That(largest, Is.InRange(2, Gathering.LargestGroup));
    }

    private static ScanCall MakeCall(string caller, int scans)
    {
        var call = new ScanCall(new Caller { Role = CallerRole.Verifier, Uri = caller }, scans);
        for (var i = 0; i < scans; i++)
        {
            call.Add(i, new VerifyRequest());
        }

        return call;
    }

    private (ScanCall Call, Task Ended) Send(string caller, int scans = 1, CancellationToken cancellation = default)
    {
        var call = MakeCall(caller, scans);
        return (call, _gathering.VerifyAsync(call, cancellation));
    }

    /// <summary>Groups, held, so that nothing more is begun.</summary>
    private HeldGroup[] FillPlaces() => [.. Enumerable.Range(0, Gathering.GroupsAtOnce).Select(n =>
    {
        Send($"first-{n}", scans: n == 0 ? 1 : Gathering.SecondGroup);
        return NextGroup();
    })];

    private HeldGroup NextGroup() => _groups.TryTake(out var group, s_patience) ? group : throw new AssertionException("No group was begun.");

    private void ReleaseAll(Task until, Action<Scan>? seen = null)
    {
        while (!until.IsCompleted)
        {
            if (_groups.TryTake(out var group, TimeSpan.FromMilliseconds(20)))
            {
                Array.ForEach(group.Scans, scan => seen?.Invoke(scan));
                group.Release();
            }
        }
    }

    private sealed record HeldGroup(Scan[] Scans)
    {
        public TaskCompletionSource Released { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Release() => Released.SetResult();
    }
}
