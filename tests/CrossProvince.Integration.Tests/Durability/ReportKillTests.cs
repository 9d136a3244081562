using System.Collections.Concurrent;
using CrossProvince.Client.Connecting;
using CrossProvince.Contracts.Verification.V1;
using CrossProvince.Core.Identifiers;
using CrossProvince.Integration.Tests.Nodes;
using CrossProvince.Integration.Tests.Processes;
using Dapper;
using Microsoft.Data.Sqlite;

namespace CrossProvince.Integration.Tests.Durability;

/// <summary>Uses that one region reports to another while both are ended by <c>kill -9</c>: none is lost, none comes twice.</summary>
[Category("Few"), Parallelizable(ParallelScope.Self)]
public sealed class ReportKillTests
{
    private const int Scans = 300;
    private static readonly RegionCode s_issuer = new(110_000);
    private static readonly RegionCode s_verifier = new(120_000);
    private static readonly string[] s_settings = ["--Federation:ReportInterval", "00:00:00.1"];

    [Test]
    public async Task Report_BothNodesKilledMeanwhile_EveryUseArrivesOnce()
    {
        using var federation = NodeFederation.Create(s_issuer, s_verifier);
        var (issuer, verifier) = (NodeProcess.Start(federation, s_issuer, s_settings), NodeProcess.Start(federation, s_verifier, s_settings));
        try
        {
            await Task.WhenAll(issuer.ReadyAsync(), verifier.ReadyAsync());
            using var authority = federation.Connect(s_issuer, "authority");
            using var counter = federation.Connect(s_verifier, "verifier");
            var lines = federation.Lines(s_issuer, 3, seed: 7).Where(line => Importing.Status(line) == "valid").ToList();
            await authority.ImportAsync(lines);
            var code = "";
            await Eventually.HoldsAsync(
                async () =>
                {
                    try
                    {
                        code = (await (await Holder.SignInAsync(authority, Importing.LicenceId(lines[0]))).PresentAsync()).Code;
                        return (await counter.Verifications.VerifyAsync(Request(code))).Verification.Verdict == Verdict.Valid;
                    }
                    catch (NodeException)
                    {
                        return false;
                    }
                },
                "codes are good in the other region");

            var answered = new ConcurrentBag<string>();
            var scanning = ScanAsync(counter, code, answered);
            await Eventually.HoldsAsync(() => answered.Count > Scans / 4, "some are scanned");
            await issuer.KillAsync();
            await Eventually.HoldsAsync(() => answered.Count > Scans / 2, "more are scanned");
            await verifier.KillAsync();
            await scanning;
            await issuer.DisposeAsync();
            await verifier.DisposeAsync();
            (issuer, verifier) = (NodeProcess.Start(federation, s_issuer, s_settings), NodeProcess.Start(federation, s_verifier, s_settings));
            await Task.WhenAll(issuer.ReadyAsync(), verifier.ReadyAsync());

            List<string> recorded = [], reported = [];
            await Eventually.HoldsAsync(
                async () =>
                {
                    recorded = await ReadAsync(federation, s_verifier, "SELECT verification_id FROM verifications WHERE issuing_region = 110000");
                    reported = await ReadAsync(federation, s_issuer, "SELECT verification_id FROM reported_uses WHERE fault = 0");
                    return recorded.ToHashSet().IsSupersetOf(answered) && reported.Count >= recorded.Count;
                },
                "all that was answered is recorded and reported");
            await TestContext.Out.WriteLineAsync($"{answered.Count} answered, {recorded.Count} recorded, {reported.Count} reported");
            Assert.That(answered, Is.SubsetOf(recorded));
            Assert.That(reported, Is.EquivalentTo(recorded));
        }
        finally
        {
            await issuer.DisposeAsync();
            await verifier.DisposeAsync();
        }
    }

    private static VerifyRequest Request(string code) => new() { Code = code, TerminalId = "desk-1" };

    /// <summary>Scans until all is scanned or the node has gone.</summary>
    private static async Task ScanAsync(NodeConnection counter, string code, ConcurrentBag<string> answered)
    {
        try
        {
            for (var i = 0; i < Scans; i++)
            {
                answered.Add((await counter.Verifications.VerifyAsync(Request(code))).Verification.VerificationId);
            }
        }
        catch (NodeException)
        {
            // It was killed.
        }
    }

    private static async Task<List<string>> ReadAsync(NodeFederation federation, RegionCode region, string question)
    {
        await using var connection = new SqliteConnection($"Data Source={federation.DatabaseFile(region)};Pooling=false");
        return (await connection.QueryAsync<string>(question)).AsList();
    }
}
