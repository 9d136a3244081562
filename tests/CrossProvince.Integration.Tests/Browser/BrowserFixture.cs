using System.Globalization;
using System.Text.Json.Nodes;
using CrossProvince.Cli.Certs;
using CrossProvince.Contracts.Verification.V1;
using CrossProvince.Core.Status;
using CrossProvince.Integration.Tests.Nodes;
using CrossProvince.Service.Licences;
using CrossProvince.Service.Storage;
using CrossProvince.Service.Web;
using Dapper;
using Microsoft.Extensions.DependencyInjection;
using LicenceStatus = CrossProvince.Contracts.Licences.V1.LicenceStatus;

namespace CrossProvince.Integration.Tests.Browser;

/// <summary>The pages in a real browser: each test plays a scenario of the scripts folder, which asks here for codes and changes of licences.</summary>
public abstract class BrowserFixture : FederationFixture
{
    /// <summary>Set by eng/pictures.sh: the folder that keeps the pictures.</summary>
    private const string PicturesVariable = "CROSSPROVINCE_PICTURES";

    /// <summary>How many scans a measurement takes; eng/scan-latency.sh takes more.</summary>
    private const string ScansVariable = "CROSSPROVINCE_SCANS";

    private JsonObject _given = [];
    private StoredLicence _card = null!;
    private StoredLicence _other = null!;
    private StoredLicence _toBeRevoked = null!;
    private string? _codeOfRevoked;

    [OneTimeSetUp]
    public void Tell() => _given = new JsonObject
    {
        ["web"] = Beijing.Web.ToString().TrimEnd('/'),
        ["organisation"] = SampleOrganisations.Code(TestFederation.Beijing, IdentityRole.Verifier),
        ["verdicts"] = new JsonArray([.. Enum.GetValues<Verdict>().Where(v => v != Verdict.Unspecified).Select(v => (JsonNode)WireName(v))]),
        ["scans"] = int.Parse(Environment.GetEnvironmentVariable(ScansVariable) ?? "20", CultureInfo.InvariantCulture),
        ["pictures"] = Environment.GetEnvironmentVariable(PicturesVariable),
    };

    /// <summary>Pages are of one node.</summary>
    internal override FederationPlan Plan { get; } = new() { Running = [TestFederation.Beijing] };

    /// <summary>Plays a scenario; it holds when this returns.</summary>
    internal Task PlayAsync(string scenario) => BrowserSession.PlayAsync(scenario, _given, AnswerAsync);

    protected override async Task PrepareAsync()
    {
        _card = await Beijing.TakeAsync(TestLicences.IdentityCard(TestFederation.Beijing, 1));
        _other = await Beijing.TakeAsync(TestLicences.IdentityCard(TestFederation.Beijing, 2));
        _toBeRevoked = await Beijing.TakeAsync(TestLicences.IdentityCard(TestFederation.Beijing, 3));
        await Federation.LetStandAsync();
    }

    /// <summary>Does what a scenario asks for.</summary>
    /// <param name="what">Its name.</param>
    /// <param name="argument">More about it.</param>
    private protected virtual async Task<JsonNode?> AnswerAsync(string what, JsonNode? argument)
    {
        switch (what)
        {
            case "present":
                return await ShowAsync(_card);
            case "present-other":
                return await ShowAsync(_other);
            case "film":
                await File.WriteAllBytesAsync(BrowserSession.Film, CameraVideo.Of(await ShowAsync(_card)));
                return true;
            case "revoke":
                _codeOfRevoked = await ShowAsync(_toBeRevoked);
                await Beijing.ChangeStatusAsync(_toBeRevoked.Record.Id.ToString(), LicenceStatus.Revoked);
                return true;
            case "present-revoked":
                return _codeOfRevoked;
            case "let-idle":
                await Federation.AdvanceAsync(new WebOptions().SessionIdle + TimeSpan.FromSeconds(1));
                return true;
            case "open-receipt":
                return OpenReceipt((string)argument!);
            case "last-record":
                return await LastRecordAsync();
            default:
                throw new ArgumentException($"Nobody here knows how to {what}.", nameof(what));
        }
    }

    private JsonObject OpenReceipt(string text)
    {
        Assert.That(VerificationReceiptText.TryRead(text, out var document), Is.True, "The picture holds the text of a receipt.");
        var receipt = VerificationReceiptDocument.Open(document, Federation.OpenTrust(), TestFederation.Beijing, Beijing.Clock.GetUtcNow().ToUnixTimeSeconds());
        return new JsonObject { ["verificationId"] = receipt.VerificationId, ["verdict"] = receipt.Verdict.ToString(), ["terminal"] = receipt.Terminal };
    }

    private async Task<string> ShowAsync(StoredLicence licence) => (await Beijing.PresentAsync(licence, "counter-check")).Code;

    private async Task<JsonNode?> LastRecordAsync()
    {
        await using var connection = await Beijing.Services.GetRequiredService<Database>().OpenAsync(CancellationToken.None);
        var last = "";
        await Eventually.HoldsAsync(
            () => (last = connection.ExecuteScalar<string?>("SELECT case_number FROM verifications ORDER BY time DESC LIMIT 1") ?? "").Length > 0, "the verification is in the database");
        return new JsonObject { ["caseNumber"] = last };
    }

    private static string WireName(Verdict verdict) => (string)JsonNode.Parse(Google.Protobuf.JsonFormatter.Default.Format(new Verification { Verdict = verdict }))!["verdict"]!;
}
