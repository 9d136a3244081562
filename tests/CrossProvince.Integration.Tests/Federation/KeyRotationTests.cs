using System.Collections.Concurrent;
using CrossProvince.Cli.Trust;
using CrossProvince.Contracts.Verification.V1;
using CrossProvince.Core.Presentation;
using CrossProvince.Core.Signatures;
using CrossProvince.Core.Status;
using CrossProvince.Core.Trust;
using CrossProvince.Integration.Tests.Nodes;
using CrossProvince.Integration.Tests.Verifying;
using CrossProvince.Service.Federation;
using CrossProvince.Service.Federation.Trusting;
using CrossProvince.Service.Licences;
using CrossProvince.Service.StatusIndex;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using PresentationMessage = CrossProvince.Core.Presentation.PresentationMessage;
using Verdict = CrossProvince.Contracts.Verification.V1.Verdict;

namespace CrossProvince.Integration.Tests.Federation;

/// <summary>Keys that change while licences are shown and scanned.</summary>
[Parallelizable(ParallelScope.Self)]
public sealed class KeyRotationTests
{
    private static readonly string[] s_uses = ["code", "index", "receipt"];

    private readonly ConcurrentDictionary<KeyId, int> _codeKeys = new();
    private readonly ConcurrentDictionary<KeyId, int> _receiptKeys = new();
    private readonly ConcurrentQueue<string> _wrong = new();
    private TestFederation _federation = null!;
    private int _scans;

    private TestNode Beijing => _federation[TestFederation.Beijing];

    private TestNode Tianjin => _federation[TestFederation.Tianjin];

    [SetUp]
    public async Task MakeFederation()
    {
        _federation = await TestFederation.StartAsync(new() { Running = [], Settings = new Dictionary<string, string> { ["Trust:RefreshInterval"] = "00:00:10" } });

        // Code keys lie in a folder, the others are named one by one; the next ones of these are there from the start on, without being in the trust list.
        Directory.CreateDirectory(Folder);
        File.Copy(_federation.PathOf("110000/keys/code.key.pem"), Path.Combine(Folder, "1.key.pem"));
        Beijing.OwnSettings["Keys:Code"] = Folder;
        foreach (var use in s_uses)
        {
            _federation.MakeKey($"110000/keys/{use}-next");
        }

        Beijing.OwnSettings["Keys:Index"] = $"{KeyFile("index-next")};{KeyFile("index")}";
        Tianjin.OwnSettings["Keys:Receipt"] = _federation.PathOf("120000/keys/receipt.key.pem");
        Beijing.OwnSettings["Keys:Receipt"] = $"{KeyFile("receipt-next")};{KeyFile("receipt")}";
    }

    [TearDown]
    public async Task DeleteFederation() => await _federation.DisposeAsync();

    private string Folder => _federation.PathOf("110000/code-keys");

    [Test]
    public async Task AllKeys_RotatedWhileScansGoOn_NoScanIsDroppedAndNoVerdictWrong()
    {
        await Beijing.StartAsync();
        await Tianjin.StartAsync();
        var cards = new[] { await Beijing.TakeAsync(TestLicences.IdentityCard(TestFederation.Beijing, 1)), await Beijing.TakeAsync(TestLicences.IdentityCard(TestFederation.Beijing, 2)) };
        await _federation.LetStandAsync();
        using var stop = new CancellationTokenSource();

        // A node's connections are made by one at a time.
        _ = (Beijing.Verifications, Tianjin.Verifications);
        var load = Task.WhenAll(ScanAsync(cards[0], Tianjin, stop.Token), ScanAsync(cards[1], Beijing, stop.Token));
        await ScansAsync(3);

        // The next keys are published. Their time has come by the list, but partners may not have it yet.
        File.Copy(KeyFile("code-next"), Path.Combine(Folder, "2.key.pem"));
        await PublishAsync(s_uses.Aggregate(_federation.TrustFile, (list, use) => list.Change(TestFederation.Beijing, region => region with
        {
            Keys = [.. region.Keys, region.Keys.First(key => key.File.EndsWith($"{use}.pub.pem", StringComparison.Ordinal)) with { File = $"110000/keys/{use}-next.pub.pem", NotBefore = region.Keys[0].NotBefore.AddDays(1) }],
        })));
        Assert.That(s_uses.Select(use => Turn(use)), Is.EqualTo(s_uses.Select(use => Id(use))), "No key signs before five refresh intervals have passed.");
        await ScansAsync(3);
        Assert.That(_codeKeys.Keys, Is.EqualTo(new[] { Id("code") }));

        for (var i = 0; i < 2; i++)
        {
            await _federation.AdvanceAsync(TimeSpan.FromSeconds(26));
            await ScansAsync(1);
        }

        // Their turn has come, without a hand; what the old ones have signed is still good.
        Assert.That(s_uses.Select(use => Turn(use)), Is.EqualTo(s_uses.Select(use => Id($"{use}-next"))));
        await ScansAsync(3);
        await Eventually.HoldsAsync(() => HeadKey() == Id("index-next"), "Tianjin follows heads of the next key");

        // The old ones end; then some renewals come one upon the other.
        await PublishAsync(Change("110000/keys/", key => s_uses.Any(use => key.File.EndsWith($"/{use}.pub.pem", StringComparison.Ordinal)) ? key with { RetiredAt = _federation.Clock.GetUtcNow() } : key));
        await ScansAsync(2);
        for (var i = 0; i < 3; i++)
        {
            await PublishAsync(_federation.TrustFile);
            await ScansAsync(1);
        }

        // At last the old ones are said to be stolen: none of their codes lives any more.
        await _federation.AdvanceAsync(TimeSpan.FromSeconds(48));
        await _federation.AdvanceAsync(TimeSpan.FromSeconds(48));
        await PublishAsync(Change("110000/keys/", key => key.RetiredAt is null ? key : key with { CompromisedAt = key.RetiredAt }));
        await ScansAsync(3);
        await stop.CancelAsync();
        await load;

        Assert.That(_wrong, Is.Empty);
        Assert.That(_codeKeys.Keys, Is.EquivalentTo(new[] { Id("code"), Id("code-next") }));
        Assert.That(_receiptKeys.Keys, Is.SupersetOf(new[] { Id("receipt"), Id("receipt-next") }));
        TestContext.Out.WriteLine($"{_scans} scans; codes by key: {string.Join(", ", _codeKeys)}; receipts by key: {string.Join(", ", _receiptKeys)}");
    }

    [Test]
    public async Task OnlyKey_Stolen_TheNextWaitsItsFiveIntervals()
    {
        _federation.Logs.Declare("No key of this node with use");
        File.Copy(KeyFile("code-next"), Path.Combine(Folder, "2.key.pem"));
        await Beijing.StartAsync();
        var card = await Beijing.TakeAsync(TestLicences.IdentityCard(TestFederation.Beijing, 1));
        await _federation.LetStandAsync();

        await PublishAsync(Change("110000/keys/code", key => key with { CompromisedAt = _federation.Clock.GetUtcNow() }).Change(TestFederation.Beijing, region => region with
        {
            Keys = [.. region.Keys, region.Keys[0] with { File = "110000/keys/code-next.pub.pem", CompromisedAt = null }],
        }));

        Refusal.IsRefused(() => Beijing.PresentAsync(card, "counter-check"), StatusCode.Unavailable, "None of the node's code keys may sign");
        await _federation.AdvanceAsync(TimeSpan.FromSeconds(51));
        Assert.That((await Scan.Of(Beijing.Verifications, (await Beijing.PresentAsync(card, "counter-check")).Code).VerifyAsync()).Verdict, Is.EqualTo(Verdict.Valid));
    }

    [Test]
    public async Task Key_SeenBeforeARestart_NeedNotWaitAgain()
    {
        File.Copy(KeyFile("code-next"), Path.Combine(Folder, "2.key.pem"));
        await Beijing.StartAsync();
        await PublishAsync(_federation.TrustFile.Change(TestFederation.Beijing, region => region with
        {
            Keys = [.. region.Keys, region.Keys[0] with { File = "110000/keys/code-next.pub.pem", NotBefore = region.Keys[0].NotBefore.AddDays(1) }],
        }));
        Assert.That(Turn("code"), Is.EqualTo(Id("code")));
        await Beijing.StopAsync();
        _federation.Clock.Move(TimeSpan.FromSeconds(51));

        await Beijing.StartAsync();

        Assert.That(Turn("code"), Is.EqualTo(Id("code-next")), "It was seen in the list more than five intervals ago.");
    }

    [Test]
    public async Task OtherUse_KeysOfThatUse_AreNothingWorth()
    {
        await Beijing.StartAsync();
        await Tianjin.StartAsync();
        var card = await Beijing.TakeAsync(TestLicences.IdentityCard(TestFederation.Beijing, 1));
        await _federation.LetStandAsync();
        var genuine = (await Beijing.PresentAsync(card, "counter-check")).Code;
        var payload = new byte[PresentationMessage.MaxBytes];
        PresentationText.Read(genuine, payload, out var length);
        PresentationMessage.TryDecode(payload.AsMemory(0, length), out var message);

        foreach (var (signer, verdict) in new[] { (_federation.Signer("110000/keys/index"), Verdict.UnknownKey), (_federation.Signer("110000/keys/receipt"), Verdict.UnknownKey), (_federation.Signer("120000/keys/code"), Verdict.UnknownKey) })
        {
            var forged = PresentationText.Write(PresentationEncoder.Encode(message.Claims, message.ReadDisplay(), signer));
            Assert.That((await Scan.Of(Tianjin.Verifications, forged).VerifyAsync()).Verdict, Is.EqualTo(verdict));
        }

        var trust = _federation.OpenTrust();
        var head = new StatusHead(TestFederation.Beijing, 0, new byte[32], _federation.Clock.Milliseconds, []);
        foreach (var name in new[] { "110000/keys/code", "110000/keys/receipt", "120000/keys/index" })
        {
            Assert.That(() => StatusHeadDocument.Open(StatusHeadDocument.Sign(head, _federation.Signer(name)), trust, TestFederation.Beijing, _federation.Clock.Seconds), Throws.TypeOf<StatusDocumentException>().With.Message.Contains("has no key"));
        }
    }

    /// <summary>Shows a licence and scans the code, again and again.</summary>
    private async Task ScanAsync(StoredLicence card, TestNode counter, CancellationToken stop)
    {
        await Task.Yield();
        while (!stop.IsCancellationRequested)
        {
            try
            {
                var made = await Beijing.PresentAsync(card, "counter-check");
                var answer = (await counter.Verifications.VerifyAsync(new VerifyRequest { Code = made.Code, TerminalId = "counter-1", WantReceipt = true }, cancellationToken: CancellationToken.None)).Verification;
                if (answer.Verdict != Verdict.Valid || answer.Stale || answer.TrustStale)
                {
                    _wrong.Enqueue($"{answer.Verdict} {answer.Reason} {answer.Stale} {answer.TrustStale}");
                }

                _codeKeys.AddOrUpdate(KeyOf(made.Code), 1, (_, count) => count + 1);
                _receiptKeys.AddOrUpdate(CoseSign1.TryRead(answer.Receipt.Memory, out var receipt) ? receipt.KeyId : default, 1, (_, count) => count + 1);
            }
            catch (Exception e)
            {
                _wrong.Enqueue(e.Message);
            }

            Interlocked.Increment(ref _scans);
        }
    }

    /// <summary>Waits until so many more scans were answered.</summary>
    private Task ScansAsync(int more)
    {
        var before = Volatile.Read(ref _scans);
        return Eventually.HoldsAsync(() => Volatile.Read(ref _scans) >= before + more + 2, $"{more} more scans are answered");
    }

    /// <summary>Puts the next version where the nodes read it, and has them read it now.</summary>
    private async Task PublishAsync(TrustListFile file)
    {
        _federation.PublishTrust(file with { Version = _federation.TrustFile.Version + 1 });
        foreach (var node in new[] { Beijing, Tianjin }.Where(node => node.IsRunning))
        {
            node.Services.GetRequiredService<OwnKeys>().Reload();
            await node.Services.GetRequiredService<TrustSource>().ReadFileAsync();
        }
    }

    private TrustListFile Change(string prefix, Func<TrustListFile.KeyEntry, TrustListFile.KeyEntry> change) => _federation.TrustFile.Change(
        TestFederation.Beijing, region => region with { Keys = [.. region.Keys.Select(key => key.File.StartsWith(prefix, StringComparison.Ordinal) ? change(key) : key)] });

    private string KeyFile(string name) => _federation.PathOf($"110000/keys/{name}.key.pem");

    private KeyId Id(string name) => _federation.CodeKey(TestFederation.Beijing, name).PublicKey.Id;

    private KeyId? Turn(string use) => Beijing.Services.GetRequiredService<OwnKeys>().Find(Enum.Parse<KeyUse>(use, ignoreCase: true))?.PublicKey.Id;

    private KeyId HeadKey() => CoseSign1.TryRead(Tianjin.Services.GetRequiredService<PublishedIndexes>().FindHead(TestFederation.Beijing), out var head) ? head.KeyId : default;

    private static KeyId KeyOf(string code)
    {
        var message = new byte[PresentationMessage.MaxBytes];
        PresentationText.Read(code, message, out var length);
        return PresentationMessage.TryDecode(message.AsMemory(0, length), out var decoded) ? decoded.KeyId : default;
    }
}
