using System.CommandLine;
using System.Text.Json.Nodes;
using CrossProvince.Cli;
using CrossProvince.Integration.Tests.Nodes;

namespace CrossProvince.Integration.Tests.Partners;

/// <summary>This project's node keeps the contract that it asks of others' nodes: <c>crossprovince conformance</c> against a real one.</summary>
public sealed class ConformanceTests : FederationFixture
{
    internal override FederationPlan Plan { get; } = new() { Running = [TestFederation.Beijing] };

    // Nothing is missing, so nothing is skipped but what only a flood shows.
    [Test]
    public async Task Conformance_NodeOfThisProject_PassesEveryCheck()
    {
        var card = await Beijing.TakeAsync(TestLicences.IdentityCard(TestFederation.Beijing, 1));
        await Federation.LetStandAsync();
        using var output = new StringWriter();
        using var error = new StringWriter();

        var exitCode = await CommandLine.RunAsync(
            [
                "conformance", "--json", "--lang", "en", "--node", Beijing.Api.ToString(), "--identity", Federation.PathOf("110000/verifier"), "--peer", Federation.PathOf("120000/node"),
                "--trust", Federation.PathOf("trust-list.cose"), "--roots", .. Enumerable.Range(1, 3).Select(i => Federation.PathOf($"roots/root-{i}.pub.pem")),
                "--watch", "1", "--slack", "60", "--code", (await Beijing.PresentAsync(card, "counter-check")).Code,
            ],
            new InvocationConfiguration { Output = output, Error = error });

        var rows = output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!).ToArray();
        Assert.That(rows.Where(row => (string)row["outcome"]! != "pass").Select(row => $"{row["outcome"]} {row["id"]}: {row["seen"]}"), Is.EqualTo(new[] { "skipped limit-rate: without --limits" }));
        Assert.That(exitCode, Is.Zero, error.ToString());
    }
}
