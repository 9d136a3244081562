using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using CrossProvince.Client.Connecting;
using CrossProvince.Contracts.Licences.V1;
using CrossProvince.Contracts.Verification.V1;
using CrossProvince.Core.Catalogue;
using CrossProvince.Core.Status;
using CrossProvince.LoadTest.Nodes;
using CrossProvince.Targets;

namespace CrossProvince.LoadTest.Scale;

/// <summary>P6: how long a change of status takes until each of three nodes, and each of a partner region's two, answers by it.</summary>
/// <remarks>
/// Batches are sent when they are due, in turn to two of the nodes. One licence of each has a code that is then verified at every node, over and over, until the answer
/// is the new one. Time counts from the time in the change, which was taken before its commit, so that what is said is never too little.
/// </remarks>
internal sealed class ChangeMeasurement(ScalePlan plan, ScaleNodes nodes, LicenceCatalogue catalogue, IReadOnlyList<string> licences, TextWriter progress)
{
    /// <summary>Changes of a batch.</summary>
    public const int Batch = 50;

    /// <summary>Licences that are changed, over and over.</summary>
    public const int Changed = 5_000;

    private const int Writers = 2;
    private const int Probes = 400;
    // Grants no fields: a partner would ask for them, and be told of a change before its copy knows of it.
    private const string Scenario = "peer-check";
    private static readonly TimeSpan s_lookOwn = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan s_lookPartner = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    private readonly ConcurrentBag<(double Own, double Partner)> _delays = [];
    private readonly ConcurrentBag<string> _faults = [];
    private long _lastSeq;
    private int _acknowledged;

    /// <summary>What was lost; null when nothing was.</summary>
    public string? Loss { get; private set; }

    /// <summary>Runs.</summary>
    public async Task<IReadOnlyList<TargetLine>> MeasureAsync(CancellationToken cancellation)
    {
        var (own, partners) = (new List<ScaleNode>(), new List<ScaleNode>());
        try
        {
            foreach (var n in Enumerable.Range(0, 3))
            {
                own.Add(nodes.StartOwn(n));
                await own[n].ReadyAsync(cancellation);
            }

            partners.AddRange(await nodes.StartPartnerAsync(cancellation));
            foreach (var partner in partners)
            {
                await partner.ReadyAsync(cancellation);
            }

            return await MeasureAsync(own, partners, cancellation);
        }
        finally
        {
            foreach (var node in own.Concat(partners))
            {
                await node.DisposeAsync();
            }
        }
    }

    private async Task<IReadOnlyList<TargetLine>> MeasureAsync(List<ScaleNode> own, List<ScaleNode> partners, CancellationToken cancellation)
    {
        var authorities = own.Take(Writers).Select(node => nodes.Connect(node, "authority").Licences).ToList();
        var verifiers = own.Concat(partners).Select(node => nodes.Connect(node, "verifier")).ToList();
        var holders = await SampleHolder.RegisterAsync(nodes.Connect(own[0], "authority"), verifiers[0], catalogue, ScalePlan.Own, Probes, cancellation);
        foreach (var partner in partners)
        {
            await FollowedAsync(own[0], partner, cancellation);
        }

        var codes = new List<(string Licence, string Code)>(Probes);
        foreach (var holder in holders)
        {
            codes.Add((holder.LicenceId, await holder.PresentAsync(Scenario, cancellation)));
        }

        await progress.WriteLineAsync($"{plan.Rate} changes a second for {plan.Seconds} s, at two of three nodes ...");
        var started = Stopwatch.GetTimestamp();
        var batches = plan.Rate * plan.Seconds / Batch;
        var calls = new List<Task>(batches);
        for (var i = 0; i < batches; i++)
        {
            var due = TimeSpan.FromSeconds((double)i * Batch / plan.Rate) - Stopwatch.GetElapsedTime(started);
            await Task.Delay(due > TimeSpan.Zero ? due : TimeSpan.Zero, cancellation);
            calls.Add(ChangeAsync(i, authorities[i % Writers], codes, verifiers, own.Count, cancellation));
        }

        await Task.WhenAll(calls);
        var took = Stopwatch.GetElapsedTime(started);
        await CompareAsync(verifiers, cancellation);
        return Lines(took);
    }

    /// <summary>Waits until the partner has the whole index.</summary>
    private static async Task FollowedAsync(ScaleNode own, ScaleNode partner, CancellationToken cancellation)
    {
        var seq = await own.SeqOfAsync(ScalePlan.Own, cancellation);
        var start = Stopwatch.GetTimestamp();
        while (await partner.SeqOfAsync(ScalePlan.Own, cancellation) < seq)
        {
            if (Stopwatch.GetElapsedTime(start) > TimeSpan.FromMinutes(5))
            {
                throw new LoadTestException("The partner's node has not pulled the index within five minutes.");
            }

            await Task.Delay(100, cancellation);
        }
    }

    private async Task ChangeAsync(
        int number, LicenceService.LicenceServiceClient authority, List<(string Licence, string Code)> codes, List<NodeConnection> verifiers, int own, CancellationToken cancellation)
    {
        var (licence, code) = codes[number % codes.Count];
        var suspends = number / codes.Count % 2 == 0;
        var request = new ChangeStatusBatchRequest { Requests = { Order(licence, suspends) } };
        for (var i = 0; i < Batch - 1; i++)
        {
            var place = ((long)number * (Batch - 1)) + i;
            request.Requests.Add(Order(licences[(int)(place % licences.Count)], place / licences.Count % 2 == 0));
        }

        try
        {
            var response = await authority.ChangeStatusBatchAsync(request, cancellationToken: cancellation);
            if (response.Results.FirstOrDefault(result => result.Change is not { Changed: true }) is { } refused)
            {
                throw new LoadTestException($"A change was not made: {refused.Error?.Message ?? "the licence stood so already."}");
            }

            Interlocked.Add(ref _acknowledged, response.Results.Count);
            var last = response.Results.Max(result => result.Change.Seq);
            for (var known = Interlocked.Read(ref _lastSeq); known < last && Interlocked.CompareExchange(ref _lastSeq, last, known) != known; known = Interlocked.Read(ref _lastSeq))
            {
                // Another batch was faster.
            }

            var time = response.Results[0].Change.Time.ToDateTimeOffset();
            var verdict = suspends ? Verdict.Suspended : Verdict.Valid;
            var delays = await Task.WhenAll(verifiers.Select((verifier, i) => UntilAsync(verifier, code, verdict, time, i < own ? s_lookOwn : s_lookPartner, cancellation)));
            _delays.Add((delays[..own].Max(), delays[own..].Max()));
        }
        catch (Exception e) when (e is NodeException or LoadTestException)
        {
            _faults.Add(e.Message);
        }
    }

    private static ChangeStatusRequest Order(string licence, bool suspends) =>
        new() { LicenceId = licence, Status = suspends ? Contracts.Licences.V1.LicenceStatus.Suspended : Contracts.Licences.V1.LicenceStatus.Valid, Reason = "scale" };

    /// <returns>Milliseconds from the change's time to the answer that says so.</returns>
    private static async Task<double> UntilAsync(NodeConnection verifier, string code, Verdict verdict, DateTimeOffset time, TimeSpan look, CancellationToken cancellation)
    {
        while (true)
        {
            var asked = DateTimeOffset.UtcNow;
            var answer = await verifier.Verifications.VerifyAsync(
                new VerifyRequest { Code = code, Scenario = Scenario, TerminalId = "scale", RequestId = Guid.NewGuid().ToString("N") }, cancellationToken: cancellation);
            if (answer.Verification.Verdict == verdict)
            {
                return (DateTimeOffset.UtcNow - time).TotalMilliseconds;
            }

            if (asked - time > s_patience)
            {
                throw new LoadTestException($"After {s_patience.TotalSeconds:F0} s a node answered {answer.Verification.Verdict}, not {verdict}.");
            }

            await Task.Delay(look, cancellation);
        }
    }

    /// <summary>Every node must come to the same change, with the same history and the same lists.</summary>
    private async Task CompareAsync(IReadOnlyList<NodeConnection> verifiers, CancellationToken cancellation)
    {
        var trust = nodes.Trust;
        var start = Stopwatch.GetTimestamp();
        while (true)
        {
            var heads = await Task.WhenAll(verifiers.Select(async verifier => StatusHeadDocument.Open(
                await verifier.Http.GetByteArrayAsync($"v1/heads/{ScalePlan.Own}", cancellation), trust, ScalePlan.Own, DateTimeOffset.UtcNow.ToUnixTimeSeconds())));
            var differing = heads.Where(head => head.Seq != _lastSeq || !head.Hash.Span.SequenceEqual(heads[0].Hash.Span)
                || !head.Lists.Select(list => Convert.ToHexString(list.Root.Span)).SequenceEqual(heads[0].Lists.Select(list => Convert.ToHexString(list.Root.Span)))).ToList();
            if (differing.Count == 0)
            {
                return;
            }

            if (Stopwatch.GetElapsedTime(start) > s_patience)
            {
                Loss = $"After change {_lastSeq} was acknowledged, {differing.Count} nodes stand at {string.Join(", ", differing.Select(head => head.Seq))} or have other lists.";
                return;
            }

            await Task.Delay(200, cancellation);
        }
    }

    private IReadOnlyList<TargetLine> Lines(TimeSpan took)
    {
        Loss ??= _faults.FirstOrDefault();
        var rate = string.Create(CultureInfo.InvariantCulture, $"{plan.Rate:N0}");
        var note = string.Create(
            CultureInfo.InvariantCulture,
            $"{_acknowledged:N0} changes were acknowledged in {took.TotalSeconds:F1} s, {_delays.Count:N0} of them followed at every node; {_faults.Count} batches failed, {(Loss is null ? "none was lost" : Loss)}. ");
        return
        [
            Line($"a change at the last of three nodes: 99 % within, {rate} a second", $"变更到达三个节点中最后一个：99 % 以内，每秒 {rate} 次", Sorted(delay => delay.Own), 1_000, note),
            Line($"a change at the last of a partner region's two nodes: 99 % within, {rate} a second", $"变更到达伙伴地区两个节点中最后一个：99 % 以内，每秒 {rate} 次", Sorted(delay => delay.Partner), 3_000, ""),
        ];
    }

    private double[] Sorted(Func<(double Own, double Partner), double> which) => [.. _delays.Select(which).Order()];

    private static TargetLine Line(string en, string zh, double[] sorted, double limit, string note) => new()
    {
        Target = "P6",
        What = new(en, zh),
        Measured = new(Percentile(sorted, 99), "ms"),
        Goal = new Goal(GoalKind.Below, limit),
        Note = string.Create(CultureInfo.InvariantCulture, $"{note}Half within {Percentile(sorted, 50):N0} ms, all within {sorted.LastOrDefault():N0} ms, counted from before the commit."),
        IsHeadline = true,
    };

    private static double Percentile(double[] sorted, int percent) =>
        sorted.Length == 0 ? double.PositiveInfinity : sorted[Math.Max(0, (int)Math.Ceiling(sorted.Length * percent / 100.0) - 1)];
}
