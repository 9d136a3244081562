using System.CommandLine;
using System.Text.Json;
using CrossProvince.Cli;
using CrossProvince.Contracts.Licences.V1;
using CrossProvince.Integration.Tests.Nodes;
using Microsoft.Data.Sqlite;

namespace CrossProvince.Integration.Tests.StatusIndex;

/// <summary><c>crossprovince status audit</c> beside a running node, over its database and the head that it publishes.</summary>
public sealed class AuditCommandTests : FederationFixture
{
    internal override FederationPlan Plan { get; } = new() { Running = [TestFederation.Beijing] };

    [Test]
    public async Task Audit_RunningNode_FindsNoDifference()
    {
        var run = await RunAsync("--node", Beijing.Api.ToString(), "--identity", Federation.PathOf("110000/verifier"), "--json", "--lang", "en");

        Assert.That(run.Code, Is.Zero, run.Error + run.Out);
        using var report = JsonDocument.Parse(run.Out);
        var found = report.RootElement;
        Assert.That((found.GetProperty("region").GetString(), found.GetProperty("changes").GetString(), found.GetProperty("licences").GetString()), Is.EqualTo(("110000", "4", "3")));
        Assert.That(found.GetProperty("difference").ValueKind, Is.EqualTo(JsonValueKind.Null));
        Assert.That(found.GetProperty("heads")[0].GetProperty("source").GetString(), Is.EqualTo(Beijing.Api.ToString()));
    }

    [TestCase("en", "First difference: The hash of change 2")]
    [TestCase("zh", "第一处不同：第 2 条变更")]
    public async Task Audit_ChangeAltered_SaysSoAndIsExit1(string language, string expected)
    {
        var copy = await CopyAsync("UPDATE status_changes SET reason_code = 1 WHERE seq = 2");

        var run = await RunAsync("--ConnectionStrings:Database", copy, "--lang", language);

        Assert.That(run.Code, Is.EqualTo(1), run.Error);
        Assert.That(run.Out, Does.Contain(expected));
    }

    [Test]
    public async Task Audit_ChangeAlteredJson_NamesTheKind()
    {
        var copy = await CopyAsync("UPDATE licences SET tag = (SELECT tag FROM status_changes WHERE seq = 2) WHERE last_seq = 1");

        var run = await RunAsync("--ConnectionStrings:Database", copy, "--json");

        using var report = JsonDocument.Parse(run.Out);
        var difference = report.RootElement.GetProperty("difference");
        Assert.That((run.Code, difference.GetProperty("kind").GetString(), difference.GetProperty("list").GetInt32()), Is.EqualTo((1, "LICENCE_TAG", 0)));
    }

    [Test]
    public async Task Audit_OlderCopyBesideARunningNode_SaysThatTheHeadKnowsMore()
    {
        var copy = await CopyAsync("DELETE FROM status_changes WHERE seq = 4", "UPDATE status_chain SET seq = 3, hash = (SELECT hash FROM status_changes WHERE seq = 3)", "DELETE FROM published_heads");

        var run = await RunAsync("--ConnectionStrings:Database", copy, "--node", Beijing.Api.ToString(), "--identity", Federation.PathOf("110000/verifier"), "--lang", "en");

        Assert.That(run.Code, Is.EqualTo(1), run.Error);
        Assert.That(run.Out, Does.Contain("stands at change 4, the database ends at 3"));
    }

    [Test]
    public async Task Audit_NoSuchDatabase_IsExit2()
    {
        var run = await RunAsync("--ConnectionStrings:Database", $"Data Source={Federation.PathOf("nowhere/none.db")}", "--lang", "en");

        Assert.That(run.Code, Is.EqualTo(2));
        Assert.That(run.Error, Does.Contain("ConnectionStrings:Database"));
    }

    [Test]
    public async Task Audit_NoTablesOfOurs_IsExit3()
    {
        var file = Federation.PathOf("empty.db");
        await using (var connection = new SqliteConnection($"Data Source={file};Pooling=false"))
        {
            await connection.OpenAsync();
            await using var command = connection.CreateCommand();
            command.CommandText = "CREATE TABLE another (x INTEGER)";
            await command.ExecuteNonQueryAsync();
        }

        var run = await RunAsync("--ConnectionStrings:Database", $"Data Source={file}", "--lang", "en");

        Assert.That(run.Code, Is.EqualTo(3));
        Assert.That(run.Error, Does.Contain("no conclusion was reached"));
    }

    protected override async Task PrepareAsync()
    {
        for (var i = 1; i <= 3; i++)
        {
            await Beijing.ImportAsync(TestLicences.IdentityCard(TestFederation.Beijing, i));
        }

        await Beijing.ChangeStatusAsync(TestLicences.IdOf(TestLicences.IdentityCard(TestFederation.Beijing, 3)), LicenceStatus.Suspended);
        await Eventually.HoldsAsync(() => Task.FromResult(Published() == 4), "the head with the last change is published");
    }

    private long Published() =>
        ((Service.StatusIndex.PublishedIndexes)Beijing.Services.GetService(typeof(Service.StatusIndex.PublishedIndexes))!).FindNewest(Beijing.Region)?.Snapshot.Head.Seq ?? 0;

    /// <summary>Runs the command with the node's configuration; what is given replaces settings of the same name.</summary>
    private async Task<(int Code, string Out, string Error)> RunAsync(params string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        string[] settings = [.. Beijing.Settings.Where(s => !args.Contains($"--{s.Key}")).SelectMany(s => new[] { $"--{s.Key}", s.Value })];
        var code = await CommandLine.RunAsync(["status", "audit", .. settings, .. args], new InvocationConfiguration { Output = output, Error = error });
        return (code, output.ToString(), error.ToString());
    }

    /// <summary>A copy of the node's database in which somebody has changed something.</summary>
    /// <returns>Its connection string.</returns>
    private async Task<string> CopyAsync(params string[] tampering)
    {
        var copy = $"Data Source={Federation.PathOf($"{Guid.NewGuid():N}.db")};Pooling=false";
        await using var from = new SqliteConnection($"Data Source={Beijing.DatabaseFile};Pooling=false");
        await using var to = new SqliteConnection(copy);
        await from.OpenAsync();
        await to.OpenAsync();
        from.BackupDatabase(to);
        foreach (var sql in tampering)
        {
            await using var command = to.CreateCommand();
            command.CommandText = sql;
            await command.ExecuteNonQueryAsync();
        }

        return copy;
    }
}
