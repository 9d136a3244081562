using System.Net.Http.Json;
using System.Text.Json.Nodes;
using CrossProvince.Client.Connecting;
using CrossProvince.Contracts.Presentation.V1;

namespace CrossProvince.Integration.Tests.Processes;

/// <summary>The holder of one licence, signed in.</summary>
internal sealed class Holder
{
    private readonly PresentationService.PresentationServiceClient _presentations;

    private Holder(string licenceId, PresentationService.PresentationServiceClient presentations)
    {
        LicenceId = licenceId;
        _presentations = presentations;
    }

    public string LicenceId { get; }

    /// <summary>Signs the holder in at the sample issuer of a node in Development.</summary>
    public static async Task<Holder> SignInAsync(NodeConnection connection, string licenceId)
    {
        using var response = await connection.Http.PostAsJsonAsync("/dev/token", new { licence_id = licenceId, @as = "holder" });
        response.EnsureSuccessStatusCode();
        var answer = await response.Content.ReadFromJsonAsync<JsonObject>();
        return new Holder(licenceId, connection.Presentations(answer!["access_token"]!.GetValue<string>()));
    }

    public async Task<CreatePresentationResponse> PresentAsync(string scenario = "counter-check", string showing = "") =>
        await _presentations.CreatePresentationAsync(new CreatePresentationRequest { LicenceId = LicenceId, Scenario = scenario, ShowingId = showing });
}
