using System.Text.Json.Nodes;
using CrossProvince.Cli.Certs;
using CrossProvince.Contracts.Verification.V1;
using CrossProvince.Integration.Tests.Nodes;
using CrossProvince.Service.Licences;
using CrossProvince.Service.Storage;
using CrossProvince.Service.Web;
using Dapper;
using Microsoft.Extensions.DependencyInjection;
using LicenceStatus = CrossProvince.Contracts.Licences.V1.LicenceStatus;

namespace CrossProvince.Integration.Tests.Browser;

/// <summary>The pages in a real browser: each test is a scenario of the scripts folder, which asks here for codes and changes of licences.</summary>
public abstract class BrowserFixture : FederationFixture
{
    private StoredLicence _card = null!;
    private StoredLicence _other = null!;
    private StoredLicence _toBeRevoked = null!;

    internal BrowserRun Run => new(Beijing, new JsonObject
    {
        ["organisation"] = SampleOrganisations.Code(TestFederation.Beijing, IdentityRole.Verifier),
        ["verdicts"] = new JsonArray([.. Enum.GetValues<Verdict>().Where(v => v != Verdict.Unspecified).Select(v => (JsonNode)WireName(v))]),
    });

    /// <summary>Plays a scenario; it holds when this returns.</summary>
    internal Task PlayAsync(string scenario, Action<JsonNode?>? measured = null) => Run.PlayAsync(scenario, AnswerAsync, measured);

    /// <summary>A film of a fresh code of the identity card.</summary>
    internal async Task<string> FilmAsync()
    {
        var video = Federation.PathOf("camera.y4m");
        await File.WriteAllBytesAsync(video, CameraVideo.Of((await Beijing.PresentAsync(_card, "counter-check")).Code));
        return video;
    }

    protected override async Task PrepareAsync()
    {
        _card = await Beijing.TakeAsync(TestLicences.IdentityCard(TestFederation.Beijing, 1));
        _other = await Beijing.TakeAsync(TestLicences.IdentityCard(TestFederation.Beijing, 2));
        _toBeRevoked = await Beijing.TakeAsync(TestLicences.IdentityCard(TestFederation.Beijing, 3));
        await Federation.LetStandAsync();
    }

    private string? _codeOfRevoked;

    internal async Task<JsonNode?> AnswerAsync(string what)
    {
        switch (what)
        {
            case "present":
                return (await Beijing.PresentAsync(_card, "counter-check")).Code;
            case "present-other":
                return (await Beijing.PresentAsync(_other, "counter-check")).Code;
            case "revoke":
                _codeOfRevoked = (await Beijing.PresentAsync(_toBeRevoked, "counter-check")).Code;
                await Beijing.ChangeStatusAsync(_toBeRevoked.Record.Id.ToString(), LicenceStatus.Revoked);
                return true;
            case "present-revoked":
                return _codeOfRevoked;
            case "let-idle":
                await Federation.AdvanceAsync(new WebOptions().SessionIdle + TimeSpan.FromSeconds(1));
                return true;
            case "last-record":
                await using (var connection = await Beijing.Services.GetRequiredService<Database>().OpenAsync(CancellationToken.None))
                {
                    var last = "";
                    await Eventually.HoldsAsync(
                        () => (last = connection.ExecuteScalar<string?>("SELECT case_number FROM verifications ORDER BY time DESC LIMIT 1") ?? "").Length > 0, "the verification is in the database");
                    return new JsonObject { ["caseNumber"] = last };
                }

            default:
                throw new ArgumentException($"Nobody here knows how to {what}.", nameof(what));
        }
    }

    private static string WireName(Verdict verdict) => (string)JsonNode.Parse(Google.Protobuf.JsonFormatter.Default.Format(new Verification { Verdict = verdict }))!["verdict"]!;
}
