using System.CommandLine;
using System.Text.Json;
using CrossProvince.Cli;
using CrossProvince.Client.Connecting;
using CrossProvince.Core.Status;
using CrossProvince.Integration.Tests.Nodes;
using CrossProvince.Service.Licences;
using CrossProvince.Service.Tests.Backends;
using Grpc.Core;
using Microsoft.Data.Sqlite;
using LicenceStatus = CrossProvince.Contracts.Licences.V1.LicenceStatus;
using Status = CrossProvince.Core.Status.LicenceStatus;

namespace CrossProvince.Integration.Tests.Federation;

/// <summary>A database restored from a backup older than what a partner has seen: the node says so and waits, and goes on without a wrong word once it is told how.</summary>
/// <param name="postgres">Which database the region has: pg_dump and pg_restore, or SQLite's own backup.</param>
[TestFixture(false)]
[TestFixture(true)]
[Parallelizable(ParallelScope.None)]
public sealed class RestoredDatabaseTests(bool postgres)
{
    private static readonly HttpClient s_http = new();

    private TestFederation _federation = null!;
    private PostgresServer? _server;
    private string _dump = "";

    private TestNode Beijing => _federation[TestFederation.Beijing];

    private TestNode Tianjin => _federation[TestFederation.Tianjin];

    [SetUp]
    public async Task StartAsync()
    {
        _federation = await TestFederation.StartAsync(new FederationPlan { Running = [TestFederation.Tianjin] });
        if (postgres)
        {
            _server = PostgresServer.StartNew();
            Beijing.OwnSettings["ConnectionStrings:Database"] = _server.NewDatabase();
        }

        await Beijing.StartAsync();
    }

    [TearDown]
    public async Task StopAsync()
    {
        await _federation.DisposeAsync();
        _server?.Dispose();
    }

    [Test]
    public async Task Restore_OlderThanPartnersSaw_IsRefusedUntilToldAndConvergesWithoutAWrongWord()
    {
        var (revoked, suspended, renewed, kept) = (await TakeAsync(1), await TakeAsync(2), await TakeAsync(3), await TakeAsync(4));
        await SeenAsync(revoked, Status.InForce);
        await BackUpAsync();

        // Lost: a revocation, a suspension, a licence renewed under another name, a new licence.
        await Beijing.ChangeStatusAsync(revoked.Record.Id.ToString(), LicenceStatus.Revoked);
        await Beijing.ChangeStatusAsync(suspended.Record.Id.ToString(), LicenceStatus.Suspended);
        var again = TestLicences.IdentityCard(TestFederation.Beijing, 3);
        again["holder"]!["name"] = "李小红";
        var moved = await Beijing.TakeAsync(again);
        var added = await TakeAsync(5);
        await SeenAsync(added, Status.InForce);
        var seen = Beijing.Index.Find(TestFederation.Beijing)!.Seq;
        await Eventually.HoldsAsync(() => Copy.Seq == seen, "the partner has seen all of it");

        _federation.Logs.Declare("The database ends at change 4, but a head of this region");
        await RestoreAsync();
        using var watching = new CancellationTokenSource();
        var words = WatchAsync(revoked, watching.Token);

        // It waits, and says why to everybody whom it concerns.
        var refused = (RpcException)Assert.ThrowsAsync<NodeException>(async () => await Beijing.ChangeStatusAsync(kept.Record.Id.ToString(), LicenceStatus.Suspended))!.InnerException!;
        Assert.That(refused.StatusCode, Is.EqualTo(StatusCode.FailedPrecondition));
        Assert.That(refused.Status.Detail, Does.Contain("ends at change 4").And.Contains("status resume"));
        Assert.That(await s_http.GetStringAsync(new Uri(Beijing.Web, "/healthz/ready")), Is.EqualTo("Degraded"));
        Assert.That(await s_http.GetStringAsync(new Uri(Beijing.Web, "/metrics")), Does.Match($"crossprovince_chain_behind{{[^}}]*}} {seen - 4}\n"));
        Assert.That(Beijing.AsOf(TestFederation.Beijing), Is.Zero, "no head is signed");
        Assert.That((Copy.Seq, Copy.Find(revoked.List, revoked.Index).Status), Is.EqualTo((seen, Status.Ended)));

        // A node that is started once more knows from its database, whatever it can reach.
        var run = await RunAsync("resume", "--node", Tianjin.Api.ToString(), "--identity", _federation.PathOf("110000/node"), "--json");
        Assert.That(run.Code, Is.Zero, run.Error);
        using var report = JsonDocument.Parse(run.Out);
        Assert.That((report.RootElement.GetProperty("after").GetString(), report.RootElement.GetProperty("lost").GetString()), Is.EqualTo(("4", $"{seen}")));
        Assert.That((report.RootElement.GetProperty("statuses").GetString(), report.RootElement.GetProperty("again").GetString()), Is.EqualTo(("3", "2")));

        await Eventually.HoldsAsync(() => Copy.Seq > seen, "the partner follows");
        Assert.That(StatusOf(revoked), Is.EqualTo(Status.Ended));
        Assert.That(StatusOf(suspended), Is.EqualTo(Status.Suspended));
        Assert.That(StatusOf(kept), Is.EqualTo(Status.InForce));
        Assert.That((StatusOf(renewed), StatusOf(moved), StatusOf(added)), Is.EqualTo((Status.Ended, Status.Ended, Status.Ended)), "what is not in the database any more is in force nowhere");

        // What was lost comes again, under entries that nobody had.
        var (movedAgain, addedAgain) = (await Beijing.TakeAsync(again), await TakeAsync(5));
        Assert.That(new[] { (movedAgain.List, movedAgain.Index), (addedAgain.List, addedAgain.Index) }, Has.None.EqualTo((moved.List, moved.Index)).And.None.EqualTo((added.List, added.Index)));
        await SeenAsync(addedAgain, Status.InForce);
        await SeenAsync(movedAgain, Status.InForce);
        await Beijing.ChangeStatusAsync(kept.Record.Id.ToString(), LicenceStatus.Suspended);

        await watching.CancelAsync();
        Assert.That(await words, Is.EqualTo(new[] { Status.Ended }), "a revoked licence was never anything else");
        var audit = await RunAsync("audit");
        Assert.That(audit.Code, Is.Zero, audit.Out + audit.Error);

        // What is settled stays settled, whoever starts again.
        await Beijing.StopAsync();
        await Beijing.StartAsync();
        await Eventually.HoldsAsync(() => Beijing.AsOf(TestFederation.Beijing) > 0, "heads are signed after a restart");
        Assert.That((await RunAsync("resume", "--node", Tianjin.Api.ToString(), "--identity", _federation.PathOf("110000/node"))).Code, Is.EqualTo(2));
    }

    [Test]
    public async Task Resume_WithoutLists_TakesChangesFirstAndPublishesWhenTold()
    {
        var revoked = await TakeAsync(1);
        await SeenAsync(revoked, Status.InForce);
        await BackUpAsync();
        await Beijing.ChangeStatusAsync(revoked.Record.Id.ToString(), LicenceStatus.Revoked);
        await SeenAsync(revoked, Status.Ended);
        _federation.Logs.Declare("The database ends at change 1, but a head of this region");
        await RestoreAsync();

        Assert.That((await RunAsync("resume", "--publish")).Code, Is.EqualTo(2), "nothing was entered");
        Assert.That((await RunAsync("resume", "--without-lists")).Code, Is.Zero);
        Assert.That((await RunAsync("resume", "--publish")).Code, Is.EqualTo(2), "nothing was entered");
        await Beijing.ChangeStatusAsync(revoked.Record.Id.ToString(), LicenceStatus.Revoked);
        Assert.That((Beijing.AsOf(TestFederation.Beijing), Copy.Seq), Is.EqualTo((0, 2)), "nothing is published yet");

        Assert.That((await RunAsync("resume", "--publish")).Code, Is.Zero);
        await Eventually.HoldsAsync(() => Copy.Seq == 3, "the partner follows");
        Assert.That(StatusOf(revoked), Is.EqualTo(Status.Ended));
        Assert.That((await RunAsync("audit")).Code, Is.Zero);
    }

    private RegionIndex Copy => Tianjin.Index.Find(TestFederation.Beijing)!;

    private Status StatusOf(StoredLicence licence) => Copy.Find(licence.List, licence.Index).Status;

    private Task<StoredLicence> TakeAsync(int n) => Beijing.TakeAsync(TestLicences.IdentityCard(TestFederation.Beijing, n));

    private Task SeenAsync(StoredLicence licence, Status status) =>
        Eventually.HoldsAsync(() => Tianjin.AsOf(TestFederation.Beijing) > 0 && StatusOf(licence) == status && Copy.Find(licence.List, licence.Index).Tag != EntryTag.None, "the partner has seen it");

    /// <summary>Everything that a partner says of a licence until it is told to stop.</summary>
    private async Task<IReadOnlyList<Status>> WatchAsync(StoredLicence licence, CancellationToken stop)
    {
        var words = new HashSet<Status>();
        while (!stop.IsCancellationRequested)
        {
            words.Add(StatusOf(licence));
            await Task.Delay(2, CancellationToken.None);
        }

        return [.. words];
    }

    private async Task BackUpAsync()
    {
        if (postgres)
        {
            _dump = _server!.Dump(Beijing.OwnSettings["ConnectionStrings:Database"]);
            return;
        }

        _dump = _federation.PathOf("backup.db");
        await using var from = new SqliteConnection($"Data Source={Beijing.DatabaseFile};Pooling=false");
        await using var to = new SqliteConnection($"Data Source={_dump};Pooling=false");
        await from.OpenAsync();
        await to.OpenAsync();
        from.BackupDatabase(to);
    }

    private async Task RestoreAsync()
    {
        await Beijing.StopAsync();
        if (postgres)
        {
            Beijing.OwnSettings["ConnectionStrings:Database"] = _server!.Restore(_dump);
        }
        else
        {
            SqliteConnection.ClearAllPools();
            File.Delete($"{Beijing.DatabaseFile}-wal");
            File.Delete($"{Beijing.DatabaseFile}-shm");
            File.Copy(_dump, Beijing.DatabaseFile, overwrite: true);
        }

        await Beijing.StartAsync();
    }

    private async Task<(int Code, string Out, string Error)> RunAsync(string verb, params string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        string[] settings = [.. Beijing.Settings.SelectMany(s => new[] { $"--{s.Key}", s.Value })];
        var code = await CommandLine.RunAsync(["status", verb, .. settings, .. args, "--lang", "en"], new InvocationConfiguration { Output = output, Error = error });
        return (code, output.ToString(), error.ToString());
    }
}
