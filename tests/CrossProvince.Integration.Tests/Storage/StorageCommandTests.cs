using System.CommandLine;
using System.Text.Json;
using CrossProvince.Cli;
using CrossProvince.Client.Connecting;
using CrossProvince.Integration.Tests.Nodes;
using Grpc.Core;

namespace CrossProvince.Integration.Tests.Storage;

/// <summary><c>crossprovince storage</c> beside a node: a new key is made, the node restarted, and all is sealed anew.</summary>
public sealed class StorageCommandTests : FederationFixture
{
    internal override FederationPlan Plan { get; } = new() { Running = [TestFederation.Beijing] };

    [Test]
    public async Task Rewrap_NewKeyAndNodeRestarted_SealsAllAnewAndTheNodeGoesOn()
    {
        var card = await Beijing.TakeAsync(TestLicences.IdentityCard(TestFederation.Beijing, 1));

        var made = await RunAsync("storage", "new-key", "--file", Beijing.StorageKeyFile, "--current", "--lang", "en");
        Assert.That((made.Code, made.Error.Contains("Data key 2 was added", StringComparison.Ordinal)), Is.EqualTo((0, true)), made.Error);

        // The node that runs does not know it yet.
        var early = await RunWithNodeAsync("rewrap", "--lang", "en");
        Assert.That((early.Code, early.Error.Contains("with which no node has started yet", StringComparison.Ordinal)), Is.EqualTo((2, true)), early.Error);

        await Beijing.StopAsync();
        await Beijing.StartAsync();
        var done = await RunWithNodeAsync("rewrap", "--lang", "en");
        Assert.That(done.Code, Is.Zero, done.Error);
        Assert.That(done.Out, Does.Contain("1 licences, 1 of them sealed anew.").And.Contain("data key '1': no row needs it any more."));
        var listed = await RunWithNodeAsync("keys", "--json");
        Assert.That(
            listed.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)
                .Select(key => $"{key.GetProperty("purpose")} {key.GetProperty("id")} {key.GetProperty("isCurrent")} {key.GetProperty("state")}"),
            Is.EqualTo(new[] { "seal 1 False unused", "seal 2 True in-use", "look-up 1 True in-use" }));
        Assert.That(listed.Out, Does.Not.Contain(File.ReadLines(Beijing.StorageKeyFile).First().Split(' ')[3]), "No key is shown.");

        var again = await Beijing.FindAsync(card.Record.Id.ToString());
        Assert.That(again.Record.Holder, Is.EqualTo(card.Record.Holder));

        var place = await RunWithNodeAsync("licence", "--list", $"{card.List}", "--index", $"{card.Index}");
        Assert.That((place.Code, place.Out.Trim()), Is.EqualTo((0, card.Record.Id.ToString())), place.Error);
        Assert.That((await RunWithNodeAsync("licence", "--list", "0", "--index", $"{card.Index ^ 1}")).Code, Is.EqualTo(2));

        // Once more, and now the node is forgotten: it writes nothing by a key that is given up.
        await RunAsync("storage", "new-key", "--file", Beijing.StorageKeyFile, "--current");
        Assert.That((await RunWithNodeAsync("rewrap", "--nodes-stopped")).Code, Is.Zero);
        var refused = Assert.ThrowsAsync<NodeException>(() => Beijing.ImportAsync(TestLicences.IdentityCard(TestFederation.Beijing, 2)));
        Assert.That((refused!.StatusCode, refused.Message.Contains("must be started again with the new key file", StringComparison.Ordinal)), Is.EqualTo((StatusCode.Unavailable, true)), refused.Message);
    }

    [Test]
    public async Task Rewrap_NoDatabase_IsExit2AndMakesNone()
    {
        var file = Federation.PathOf("none.db");

        var run = await RunAsync(["storage", "rewrap", .. Arguments(except: "ConnectionStrings:Database"), "--ConnectionStrings:Database", $"Data Source={file}", "--lang", "en"]);

        Assert.That((run.Code, run.Error.Contains("names a file that is not there", StringComparison.Ordinal), File.Exists(file)), Is.EqualTo((2, true, false)), run.Error);
    }

    private Task<(int Code, string Out, string Error)> RunWithNodeAsync(string verb, params string[] more) => RunAsync(["storage", verb, .. Arguments(), .. more]);

    private IEnumerable<string> Arguments(string except = "") => Beijing.Settings.Where(s => s.Key != except).SelectMany(s => new[] { $"--{s.Key}", s.Value });

    private static async Task<(int Code, string Out, string Error)> RunAsync(params string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = await CommandLine.RunAsync(args, new InvocationConfiguration { Output = output, Error = error });
        return (code, output.ToString(), error.ToString());
    }
}
