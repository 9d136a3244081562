using System.Diagnostics;
using System.Text;
using CrossProvince.Cli.Certs;
using CrossProvince.Cli.Samples;
using CrossProvince.Cli.Verifying;
using CrossProvince.Contracts.Licences.V1;
using CrossProvince.Contracts.Presentation.V1;
using CrossProvince.Contracts.Verification.V1;
using CrossProvince.Core.Catalogue;
using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Presentation;
using Google.Protobuf;
using Display = CrossProvince.Core.Presentation.Display;
using Presenter = CrossProvince.Core.Presentation.Presenter;

namespace CrossProvince.Cli.Demo;

/// <summary>The story: three regions in processes of their own, this program's other verbs as their clients.</summary>
internal sealed class DemoStory : IDisposable
{
    private const string Counting = "counter-check";

    /// <summary>Licences must have stood this long in a published head before codes are made of them (docs/payload.md).</summary>
    private static readonly TimeSpan s_standing = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(25);

    private readonly Session _session;
    private readonly DemoFolder _folder;
    private readonly ChildProcesses _children;
    private readonly LicenceCatalogue _catalogue;
    private readonly DemoReport _report;
    private readonly IReadOnlySet<DemoChapter> _chapters;
    private readonly DemoTimes _times = DemoTimes.Short;
    private readonly DemoRegion _beijing;
    private readonly DemoRegion _tianjin;
    private readonly DemoRegion _hebei;
    private readonly Dictionary<DemoRegion, SampleRegister> _registers;
    private readonly Dictionary<DemoRegion, DemoNode> _nodes;

    // More processes at once than processors only get in each other's way.
    private readonly SemaphoreSlim _phones = new(Math.Max(2, Environment.ProcessorCount));

    internal DemoStory(
        Session session, DemoFolder folder, ChildProcesses children, LicenceCatalogue catalogue, DemoReport report, IReadOnlySet<DemoChapter> chapters)
    {
        (_session, _folder, _children, _catalogue, _report, _chapters) = (session, folder, children, catalogue, report, chapters);
        var ports = FreePorts.Find(6);
        DemoRegion Region(RegionCode code, int i) => new(code, new Uri($"https://127.0.0.1:{ports[i]}"), new Uri($"http://127.0.0.1:{ports[i + 3]}"));
        (_beijing, _tianjin, _hebei) = (Region(DemoRegion.Beijing, 0), Region(DemoRegion.Tianjin, 1), Region(DemoRegion.Hebei, 2));
        DemoRegion[] regions = [_beijing, _tianjin, _hebei];
        _registers = regions.ToDictionary(region => region, region => new SampleRegister(catalogue, region.Code));
        _nodes = regions.ToDictionary(region => region, region => new DemoNode(children, folder, region, _times));
    }

    /// <summary>Tells it.</summary>
    /// <exception cref="DemoException">It could not be told to its end.</exception>
    internal async Task RunAsync(CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var story = TellAsync(stop.Token);
        try
        {
            var ended = await Task.WhenAny([story, .. _nodes.Values.Select(node => node.Died)]);
            if (!ended.IsCompletedSuccessfully)
            {
                // Ctrl+C reaches every process of the terminal; then theirs are not failures of their own.
                await Task.Delay(TimeSpan.FromMilliseconds(200), cancellationToken);
            }

            await ended;
        }
        finally
        {
            await stop.CancelAsync();
            await story.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    public void Dispose() => _phones.Dispose();

    private async Task TellAsync(CancellationToken cancellationToken)
    {
        var (imported, counters) = await PrepareAsync(cancellationToken);
        using var open = counters;
        var codes = new Codes(this, imported, cancellationToken);
        if (_chapters.Contains(DemoChapter.Recognition))
        {
            await RecogniseAsync(codes, counters, cancellationToken);
        }

        if (_chapters.Contains(DemoChapter.Status))
        {
            await ChangeAsync(codes, counters, cancellationToken);
        }

        var cutOff = _chapters.Contains(DemoChapter.CutOff) ? await CutOffAsync(codes, counters, cancellationToken) : null;
        if (_chapters.Contains(DemoChapter.Fraud))
        {
            await DeceiveAsync(codes, counters, cancellationToken);
        }

        if (cutOff is not null)
        {
            _report.Begin("河北断开期间", "While Hebei was cut off");
            foreach (var (id, actual, took) in await cutOff)
            {
                _report.Add(id, actual, took);
            }
        }
    }

    private async Task<(Stopwatch Imported, Counters Counters)> PrepareAsync(CancellationToken cancellationToken)
    {
        _report.Begin("准备", "Getting ready");
        SampleFederation.Create(
            _folder.Federation,
            new SampleFederationPlan
            {
                Regions = [.. _nodes.Keys.Select(region => region.Code)],
                Endpoints = _nodes.Keys.ToDictionary(region => region.Code, region => region.Api.AbsoluteUri),
                Period = Period.OfYears(DateTimeOffset.UtcNow.AddDays(-1), 1),
                Catalogue = _catalogue,
                Sample = true,
            },
            new OutputFiles(force: false));
        _report.Note("本次演示专用的根、证书、密钥和信任列表已生成", "Made roots, certificates, keys and a trust list for this run");

        var started = Stopwatch.StartNew();
        await Task.WhenAll(_nodes.Values.Select(node => node.StartAsync(cancellationToken)));
        _report.Add("nodes", $"{_nodes.Count} ready", started.Elapsed);
        foreach (var region in _nodes.Keys)
        {
            _report.Note($"{SampleOrganisations.RegionNames(region.Code).Zh}：{Url(region)}", $"{SampleOrganisations.RegionNames(region.Code).En}: {Url(region)}");
        }

        var counters = Task.WhenAll(
            OpenAsync(_beijing, 1, cancellationToken), OpenAsync(_tianjin, 1, cancellationToken),
            OpenAsync(_tianjin, 2, cancellationToken), OpenAsync(_hebei, 1, cancellationToken));
        await Task.WhenAll(ImportAsync(_beijing, "import-beijing", cancellationToken), ImportAsync(_tianjin, "import-tianjin", cancellationToken), ImportAsync(_hebei, "import-hebei", cancellationToken));
        var imported = Stopwatch.StartNew();
        _report.Note("新证照须在公布的索引中满 5 秒，才能亮证；等待", "New licences must stand in the published index for 5 s before codes are made of them; waiting");
        var open = await counters;
        return (imported, new Counters(open[0], open[1], open[2], open[3]));
    }

    private async Task RecogniseAsync(Codes codes, Counters counters, CancellationToken cancellationToken)
    {
        _report.Begin("跨省互认", "Recognised across provinces");
        var card = await codes.IdentityCard;
        _report.Draw(PresentationQr.Terminal(card.Text));
        _report.Note($"二维码图片：{_folder.Picture}", $"The code as a picture: {_folder.Picture}");
        await ScanAsync("identity-card", counters.Tianjin, card.Text, Aspects.Presenter, cancellationToken);
        await ScanAsync("driving-licence", counters.Beijing, (await codes.DrivingLicence).Text, Aspects.Presenter, cancellationToken);
        await ScanAsync("birth-certificate", counters.Hebei, (await codes.BirthCertificate).Text, Aspects.Presenter, cancellationToken);
        await ScanAsync("business-licence", counters.Beijing, (await codes.BusinessLicence).Text, Aspects.Presenter, cancellationToken);
    }

    private async Task ChangeAsync(Codes codes, Counters counters, CancellationToken cancellationToken)
    {
        _report.Begin("发证机关变更状态（用时从变更起算）", "An authority changes a licence (times count from the change)");
        var driving = await codes.DrivingLicence;
        await ChangeAsync(_hebei, driving, "suspended", [("suspended", counters.Beijing)], cancellationToken);
        await ChangeAsync(_hebei, driving, "valid", [("reinstated", counters.Beijing)], cancellationToken);
        await ChangeAsync(
            _beijing,
            await codes.RevokedLicence,
            "revoked",
            [("revoked-beijing", counters.Beijing), ("revoked-tianjin", counters.Tianjin), ("revoked-hebei", counters.Hebei)],
            cancellationToken);
    }

    private async Task DeceiveAsync(Codes codes, Counters counters, CancellationToken cancellationToken)
    {
        _report.Begin("不能通过的码", "What must not pass");
        var (older, newer, withdrawn) = (await codes.OlderCode, await codes.NewerCode, await codes.WithdrawnCode);
        await ScanAsync("newest-code", counters.Tianjin, newer.Text, Aspects.None, cancellationToken);
        await ScanAsync("repeated", counters.Tianjin, newer.Text, Aspects.None, cancellationToken);
        await ScanAsync("replayed", counters.TianjinToo, newer.Text, Aspects.None, cancellationToken);
        await ScanAsync("older-photograph", counters.TianjinToo, older.Text, Aspects.None, cancellationToken);
        await ScanAsync("withdrawn", counters.Beijing, withdrawn.Text, Aspects.None, cancellationToken);

        var (claims, display) = Forger.Read(newer.Text);
        var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        var expired = Forger.Sign(claims with { IssuedAt = now - 300, ExpiresAt = now - 210 }, display, _folder.Key(_beijing, "code"));
        await ScanAsync("expired", counters.Tianjin, expired, Aspects.None, cancellationToken);
        await ScanAsync("forged", counters.Tianjin, Forger.FlipBit(newer.Text), Aspects.None, cancellationToken);
        await ScanAsync("cut-short", counters.Tianjin, newer.Text[..^20], Aspects.None, cancellationToken);
        await ScanAsync("two-codes", counters.Tianjin, newer.Text + withdrawn.Text, Aspects.None, cancellationToken);

        var fresh = claims with { IssuedAt = now, ExpiresAt = now + 90, Showing = ShowingId.Create(), CodeNumber = 0 };
        var wrongKey = Forger.Sign(fresh with { Region = _hebei.Code }, display, _folder.Key(_hebei, "code-driving"));
        await ScanAsync("wrong-key", counters.Tianjin, wrongKey, Aspects.None, cancellationToken);
        var nobody = Display.Fit("张*", "1****************8", null, null);
        var invented = Forger.Sign(fresh with { Index = claims.Index ^ 1, Presenter = Presenter.Holder }, nobody, _folder.Key(_beijing, "code"));
        await AlarmAsync("invented", _tianjin, counters.Tianjin, invented, cancellationToken);
        await AlarmAsync("not-issued", _beijing, counters.Beijing, Forger.Sign(fresh, display, _folder.Key(_beijing, "code")), cancellationToken);
    }

    /// <summary>Kills Hebei's node and, while the story goes on, watches in Tianjin what becomes of its licences.</summary>
    private async Task<Task<List<(string Id, string Actual, TimeSpan Took)>>> CutOffAsync(Codes codes, Counters counters, CancellationToken cancellationToken)
    {
        var code = (await codes.CutOffLicence).Text;
        await _nodes[_hebei].KillAsync();
        _report.Begin("河北断开", "Hebei is cut off");
        _report.Note(
            $"河北的节点进程已杀死；软限 {_times.Soft.TotalSeconds:0} 秒，硬限 {_times.Hard.TotalSeconds:0} 秒。等待期间继续演示",
            $"The process of Hebei's node is killed; soft limit {_times.Soft.TotalSeconds:0} s, hard limit {_times.Hard.TotalSeconds:0} s. Meanwhile the story goes on");
        return WatchAsync(code, counters.TianjinToo, cancellationToken);
    }

    private async Task<List<(string Id, string Actual, TimeSpan Took)>> WatchAsync(string code, Counter counter, CancellationToken cancellationToken)
    {
        var results = new List<(string Id, string Actual, TimeSpan Took)>();
        async Task UntilAsync(string id, Stopwatch since, Func<Verification, bool> isReached)
        {
            var seen = await WaitAsync(counter, code, isReached, cancellationToken);
            results.Add((id, Words(seen, Aspects.Freshness), since.Elapsed));
        }

        var cutOff = Stopwatch.StartNew();
        await UntilAsync("stale", cutOff, seen => seen.Stale || seen.Verdict != Verdict.Valid);
        await UntilAsync("undetermined", cutOff, seen => seen.Verdict != Verdict.Valid);
        var restarted = Stopwatch.StartNew();
        await _nodes[_hebei].StartAsync(cancellationToken);
        await UntilAsync("back", restarted, seen => seen is { Verdict: Verdict.Valid, Stale: false });
        return results;
    }

    /// <summary>Scans a code and reports the answer.</summary>
    private async Task ScanAsync(string id, Counter counter, string text, Aspects aspects, CancellationToken cancellationToken)
    {
        var clock = Stopwatch.StartNew();
        var seen = await counter.ScanAsync(text, cancellationToken);
        _report.Add(id, Words(seen, aspects), clock.Elapsed);
    }

    /// <summary>Scans a code of a key thief: the answer, and whether the node raised an alarm in its log.</summary>
    private async Task AlarmAsync(string id, DemoRegion region, Counter counter, string text, CancellationToken cancellationToken)
    {
        var from = _nodes[region].LogLength;
        var clock = Stopwatch.StartNew();
        var seen = await counter.ScanAsync(text, cancellationToken);
        var took = clock.Elapsed;
        var alarm = await _nodes[region].HasLoggedAsync("ALARM", from, cancellationToken);
        _report.Add(id, Words(seen, Aspects.None) + (alarm ? " alarm" : ""), took);
    }

    /// <summary>Has an authority change a status while counters keep scanning: when each sees another verdict than before.</summary>
    private async Task ChangeAsync(
        DemoRegion region, ShownCode code, string status, (string Id, Counter Counter)[] counters, CancellationToken cancellationToken)
    {
        var watches = counters.Select(async watch =>
        {
            var before = (await watch.Counter.ScanAsync(code.Text, cancellationToken)).Verdict;
            var seen = await WaitAsync(watch.Counter, code.Text, now => now.Verdict != before, cancellationToken);
            return (watch.Id, Seen: seen, At: DateTimeOffset.UtcNow);
        }).ToArray();
        var change = await RunAsync(
            ChangeStatusResponse.Parser,
            [
                "licence", "status", code.LicenceId, "--set", status, "--reason", "demo",
                .. As(region, "authority"),
            ],
            cancellationToken);
        foreach (var (id, seen, at) in await Task.WhenAll(watches))
        {
            var took = at - change.Time.ToDateTimeOffset();
            _report.Add(id, Words(seen, Aspects.None), took > TimeSpan.Zero ? took : TimeSpan.Zero);
        }
    }

    /// <summary>Scans until an answer is reached, or patience ends.</summary>
    private static async Task<Verification> WaitAsync(Counter counter, string code, Func<Verification, bool> isReached, CancellationToken cancellationToken)
    {
        var waited = Stopwatch.StartNew();
        while (true)
        {
            var seen = await counter.ScanAsync(code, cancellationToken);
            if (isReached(seen) || waited.Elapsed > s_patience)
            {
                return seen;
            }

            await Task.Delay(50, cancellationToken);
        }
    }

    private async Task ImportAsync(DemoRegion region, string step, CancellationToken cancellationToken)
    {
        var file = _folder.Node(region, "licences.jsonl");
        await File.WriteAllLinesAsync(file, _registers[region].Lines, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), cancellationToken);
        var clock = Stopwatch.StartNew();
        var total = await RunAsync(ImportLicencesResponse.Parser, ["licence", "import", file, .. As(region, "authority")], cancellationToken);
        _report.Add(step, $"{total.Created} new", clock.Elapsed);
    }

    private Task<Counter> OpenAsync(DemoRegion region, int number, CancellationToken cancellationToken) =>
        Counter.OpenAsync(_children, ["verify", "--terminal", $"counter-{number}", .. As(region, "verifier")], cancellationToken);

    /// <summary>Shows a licence, as soon as the node makes codes of it.</summary>
    private async Task<ShownCode> ShowAsync(
        DemoRegion region, SampleLicence licence, string scenario, Stopwatch imported, string[] more, CancellationToken cancellationToken)
    {
        string[] args = ["present", "--licence", licence.LicenceId, "--scenario", scenario, .. As(region, "verifier"), .. more];
        await _phones.WaitAsync(cancellationToken);
        try
        {
            var left = s_standing - imported.Elapsed;
            await Task.Delay(left > TimeSpan.Zero ? left : TimeSpan.Zero, cancellationToken);
            while (true)
            {
                var (exit, output, error) = await _children.RunAsync(args, cancellationToken);
                if (exit == ExitCode.Done)
                {
                    var made = CreatePresentationResponse.Parser.ParseJson(output);
                    return new ShownCode(licence.LicenceId, made.Code, made.ShowingId);
                }

                // UNAVAILABLE, try again: the licence has not stood long enough.
                if (exit != ExitCode.NoDecision || imported.Elapsed > s_standing + s_patience)
                {
                    throw Failure(args, error);
                }

                await Task.Delay(250, cancellationToken);
            }
        }
        finally
        {
            _phones.Release();
        }
    }

    private async Task<T> RunAsync<T>(MessageParser<T> parser, string[] args, CancellationToken cancellationToken)
        where T : IMessage<T>
    {
        var (exit, output, error) = await _children.RunAsync(args, cancellationToken);
        return exit == ExitCode.Done ? parser.ParseJson(output) : throw Failure(args, error);
    }

    private IEnumerable<string> As(DemoRegion region, string role) =>
        ["--node", region.Api.AbsoluteUri, "--identity", _folder.Identity(region, role), "--json", "--lang", _session.Say("zh", "en")];

    private static string Url(DemoRegion region) => region.Api.GetLeftPart(UriPartial.Authority);

    private static DemoException Failure(string[] args, string error) =>
        new($"crossprovince {string.Join(' ', args)} 失败：{error}", $"crossprovince {string.Join(' ', args)} failed: {error}");

    /// <summary>An answer in the words of the table.</summary>
    private static string Words(Verification seen, Aspects aspects)
    {
        var text = VerificationView.Name(seen.Verdict);
        text += seen.Verdict == Verdict.Undetermined ? $" {VerificationView.Name(seen.Reason)}" : "";
        text += seen.Repeated ? " repeated" : "";
        text += aspects == Aspects.Presenter ? $" {seen.Presenter.ToString().ToLowerInvariant()}" : "";
        text += aspects == Aspects.Freshness && seen.Verdict == Verdict.Valid ? seen.Stale ? " stale" : " fresh" : "";
        return text;
    }

    /// <summary>What of an answer, beside the verdict, a step is about.</summary>
    private enum Aspects
    {
        None,
        Presenter,
        Freshness,
    }

    private sealed record ShownCode(string LicenceId, string Text, string Showing);

    private sealed record Counters(Counter Beijing, Counter Tianjin, Counter TianjinToo, Counter Hebei) : IDisposable
    {
        public void Dispose()
        {
            Beijing.Dispose();
            Tianjin.Dispose();
            TianjinToo.Dispose();
            Hebei.Dispose();
        }
    }

    /// <summary>The codes that people show, each made in the background as soon as it can be.</summary>
    private sealed class Codes
    {
        internal Codes(DemoStory story, Stopwatch imported, CancellationToken cancellationToken)
        {
            Task<ShownCode> Show(DemoRegion region, SampleLicence licence, string scenario, params string[] more) =>
                story.ShowAsync(region, licence, scenario, imported, more, cancellationToken);

            SampleLicence Pick(DemoRegion region, string type) => story._registers[region].Take(type);

            async Task<ShownCode> Refresh(SampleLicence licence) =>
                await Show(story._beijing, licence, Counting, "--showing", (await OlderCode).Showing);

            async Task<ShownCode> Withdraw(SampleLicence licence)
            {
                var shown = await Show(story._beijing, licence, Counting);
                string[] args = ["present", "--licence", licence.LicenceId, "--cancel", shown.Showing, .. story.As(story._beijing, "verifier")];
                await story.RunAsync(CancelPresentationResponse.Parser, args, cancellationToken);
                return shown;
            }

            Task<ShownCode> When(bool isWanted, Func<Task<ShownCode>> make) => isWanted ? make() : Task.FromException<ShownCode>(new InvalidOperationException("Not a part of this run."));

            var (recognition, status, fraud, cutOff) = (
                story._chapters.Contains(DemoChapter.Recognition), story._chapters.Contains(DemoChapter.Status),
                story._chapters.Contains(DemoChapter.Fraud), story._chapters.Contains(DemoChapter.CutOff));
            var (beijing, tianjin, hebei) = (story._beijing, story._tianjin, story._hebei);
            var refreshed = Pick(beijing, "identity-card");
            IdentityCard = When(recognition, () => Show(beijing, Pick(beijing, "identity-card"), Counting, "--png", story._folder.Picture));
            DrivingLicence = When(recognition || status, () => Show(hebei, Pick(hebei, "driving-licence"), "traffic-stop"));
            BirthCertificate = When(recognition, () => Show(beijing, Pick(beijing, "birth-certificate"), "newborn-service", "--presenter", "guardian"));
            BusinessLicence = When(recognition, () => Show(tianjin, Pick(tianjin, "business-licence"), Counting, "--presenter", "agent"));
            RevokedLicence = When(status, () => Show(beijing, Pick(beijing, "business-licence"), "peer-check", "--presenter", "agent"));
            CutOffLicence = When(cutOff, () => Show(hebei, Pick(hebei, "social-security-card"), "peer-check"));
            OlderCode = When(fraud, () => Show(beijing, refreshed, Counting));
            NewerCode = When(fraud, () => Refresh(refreshed));
            WithdrawnCode = When(fraud, () => Withdraw(Pick(beijing, "identity-card")));
        }

        internal Task<ShownCode> IdentityCard { get; }

        internal Task<ShownCode> DrivingLicence { get; }

        internal Task<ShownCode> BirthCertificate { get; }

        internal Task<ShownCode> BusinessLicence { get; }

        internal Task<ShownCode> RevokedLicence { get; }

        internal Task<ShownCode> CutOffLicence { get; }

        internal Task<ShownCode> OlderCode { get; }

        internal Task<ShownCode> NewerCode { get; }

        internal Task<ShownCode> WithdrawnCode { get; }
    }
}
