using System.Globalization;
using CrossProvince.Core.Identifiers;

namespace CrossProvince.Integration.Tests.Durability;

/// <summary>What was acknowledged is there after <c>kill -9</c> (docs/adr/0006).</summary>
/// <remarks>
/// <c>KILL_SEED</c> and <c>KILL_COUNT</c> choose another run; <c>eng/kill-soak.sh</c> sets them. A kill of the process proves that nothing
/// is answered before it has been handed to the operating system; that it is on the disk as well is <c>synchronous = FULL</c>, which has a test of its own.
/// </remarks>
[Category("Alone")]
public sealed class KillTests
{
    private const int Nodes = 2;

    [Test]
    public async Task Node_KilledUnderLoad_LosesNothingAcknowledged()
    {
        var seed = Setting("KILL_SEED", 20260101);
        var kills = Setting("KILL_COUNT", 60);
        var nodes = Enumerable.Range(0, Nodes).Select(i => new KilledNode(RegionCode.Parse("110000"), seed + (1_000 * i))).ToList();
        var aftermaths = await Task.WhenAll(nodes.Select(node => Task.Run(() => node.RunAsync((kills + Nodes - 1) / Nodes))));

        var journals = nodes.Select(node => node.Journal).ToList();
        var starts = nodes.SelectMany(node => node.StartTimes).Order().ToList();
        await TestContext.Out.WriteLineAsync($"""
            seed {seed}: {nodes.Sum(n => n.Kills)} kills under load, {nodes.Sum(n => n.StartKills)} during a start; start to listening p50 {starts[starts.Count / 2]} ms
            acknowledged: {journals.Sum(j => j.Licences.Count)} licences, {journals.Sum(j => j.Changes.Count)} changes, {journals.Sum(j => j.Codes.Count)} showings, {journals.Sum(j => j.Verifications.Count)} verifications, {journals.Sum(j => j.Used.Count)} uses, {journals.Sum(j => j.Revoked.Count)} revocations with a code
            missing: {aftermaths.Sum(a => a.MissingLicences)} licences, {aftermaths.Sum(a => a.MissingChanges)} changes, {aftermaths.Sum(a => a.MissingShowings)} showings, {aftermaths.Sum(a => a.MissingVerifications)} verifications, {aftermaths.Sum(a => a.MissingUses)} uses
            in the chains: {aftermaths.Sum(a => a.Changes)} changes
            """);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(nodes.Sum(n => n.Kills), Is.GreaterThanOrEqualTo(kills), "kills");
            Assert.That(aftermaths.Sum(a => a.MissingLicences), Is.Zero, "missing licences");
            Assert.That(aftermaths.Sum(a => a.MissingChanges), Is.Zero, "missing changes");
            Assert.That(aftermaths.Sum(a => a.MissingShowings), Is.Zero, "missing showings");
            Assert.That(aftermaths.Sum(a => a.MissingVerifications), Is.Zero, "missing verifications");
            Assert.That(aftermaths.Sum(a => a.MissingUses), Is.Zero, "missing uses");
            Assert.That(aftermaths.SelectMany(a => a.Faults).Take(20), Is.Empty, "faults in the database");
            Assert.That(journals.SelectMany(j => j.Wrong).Take(20), Is.Empty, "answers that must never be given");
            Assert.That(nodes.SelectMany(n => n.Complaints).Take(20), Is.Empty, "errors in the nodes' logs");
            Assert.That(journals, Has.All.Matches<Journal>(j => !j.Used.IsEmpty && !j.Revoked.IsEmpty && !j.Licences.IsEmpty), "something of each kind was done");
        }
    }

    private static int Setting(string name, int otherwise) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : otherwise;
}
