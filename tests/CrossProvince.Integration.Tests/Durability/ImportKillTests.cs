using System.CommandLine;
using System.Globalization;
using CrossProvince.Cli;
using CrossProvince.Core.Identifiers;
using CrossProvince.Integration.Tests.Processes;
using CrossProvince.Tests;
using Dapper;
using Microsoft.Data.Sqlite;

namespace CrossProvince.Integration.Tests.Durability;

/// <summary>An import that was broken off by <c>kill -9</c> goes on where it was, and comes to the same as one that was not.</summary>
[Category("Alone")]
public sealed class ImportKillTests
{
    private const int Holders = 1_200;
    private static readonly RegionCode s_region = RegionCode.Parse("110000");

    [Test]
    public async Task Import_NodeKilledInTheMiddle_GoesOnAndStoresEveryLicenceOnce()
    {
        using var federation = NodeFederation.Create(s_region);
        var file = federation.PathOf("licences.jsonl");
        string[] lines = [.. federation.Lines(s_region, Holders, seed: 7)];
        CapturedLogs.Remember(lines);
        await File.WriteAllLinesAsync(file, lines);

        long stored;
        await using (var node = NodeProcess.Start(federation, s_region))
        {
            await node.ReadyAsync();
            var importing = ImportAsync(federation, file);

            // More than a message, so that an answer has come.
            while ((stored = await CountAsync(federation)) < lines.Length / 2 && !importing.IsCompleted)
            {
                await Task.Delay(1);
            }

            await node.KillAsync();
            var first = await importing;
            Assert.That(first.Code, Is.EqualTo(3), first.Said);
            Assert.That(node.Complaints, Is.Empty);
        }

        var dealtWith = await CountAsync(federation);
        await using (var node = NodeProcess.Start(federation, s_region))
        {
            await node.ReadyAsync();
            var second = await ImportAsync(federation, file);
            Assert.That(second.Code, Is.Zero, second.Said);
            Assert.That(second.Said, Does.Contain($"{lines.Length} lines:").And.Contains(" 0 refused").And.Contains("Going on with an import"));
            await node.KillAsync();
        }

        var audit = await RunAsync(["status", "audit", .. federation.Arguments(s_region), "--lang", "en"]);
        await TestContext.Out.WriteLineAsync($"{lines.Length} lines, killed at {dealtWith} stored. {audit.Said}");
        Assert.That(audit.Code, Is.Zero, audit.Said);
        Assert.That((dealtWith, await CountAsync(federation)), Is.EqualTo((dealtWith, (long)lines.Length)));
        Assert.That(dealtWith, Is.GreaterThanOrEqualTo(stored).And.LessThan(lines.Length), "the kill came in the middle");
    }

    private static Task<(int Code, string Said)> ImportAsync(NodeFederation federation, string file) => RunAsync(
        ["licence", "import", file, "--node", federation.Endpoint(s_region).AbsoluteUri, "--identity", federation.PathOf(Path.Combine("certs", s_region.ToString(), "authority")), "--lang", "en"]);

    private static async Task<(int Code, string Said)> RunAsync(string[] args)
    {
        using var said = new StringWriter(CultureInfo.InvariantCulture);
        var code = await CommandLine.RunAsync(args, new InvocationConfiguration { Output = said, Error = said });
        return (code, said.ToString());
    }

    private static async Task<long> CountAsync(NodeFederation federation)
    {
        await using var connection = new SqliteConnection($"Data Source={federation.DatabaseFile(s_region)};Mode=ReadOnly;Pooling=false");
        await connection.OpenAsync();
        return await connection.ExecuteScalarAsync<long>("SELECT COUNT(*) FROM licences");
    }
}
