using System.Net.Http.Json;
using System.Text.Json;
using CrossProvince.Cli.Samples;
using CrossProvince.Client.Connecting;
using CrossProvince.Contracts.Licences.V1;
using CrossProvince.Contracts.Presentation.V1;
using CrossProvince.Core.Catalogue;
using CrossProvince.Core.Identifiers;
using Grpc.Core;

namespace CrossProvince.LoadTest.Nodes;

/// <summary>The holder of one registered identity card, signed in at the sample issuer.</summary>
/// <param name="LicenceId">The licence.</param>
/// <param name="Presentations">Shows it.</param>
internal sealed record SampleHolder(string LicenceId, PresentationService.PresentationServiceClient Presentations)
{
    /// <summary>Seed of the sample licences that are registered.</summary>
    public const int Seed = 20_260_101;

    private const string Type = "identity-card";
    private const string CitizenNumber = "111";
    private const int LinesOfOneMessage = 500;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    /// <summary>Registers identity cards at a node in Development, signs their holders in, and waits until codes are made for them.</summary>
    public static async Task<IReadOnlyList<SampleHolder>> RegisterAsync(
        NodeConnection authority, NodeConnection caller, LicenceCatalogue catalogue, RegionCode region, int count, CancellationToken cancellation)
    {
        var lines = new SampleLicences(catalogue).Generate(count * 2 + 10, Seed, region).Where(line => IsCard(line, catalogue)).Take(count).ToList();
        await ImportAsync(authority, lines, cancellation);
        var holders = new List<SampleHolder>(count);
        foreach (var line in lines)
        {
            using var document = JsonDocument.Parse(line);
            var id = document.RootElement.GetProperty("licence_id").GetString()!;
            holders.Add(new SampleHolder(id, caller.Presentations(await SignInAsync(caller, id, cancellation))));
        }

        await holders[^1].WaitAsync(cancellation);
        return holders;
    }

    /// <summary>A code of the licence.</summary>
    public async Task<string> PresentAsync(string scenario, CancellationToken cancellation) =>
        (await Presentations.CreatePresentationAsync(new CreatePresentationRequest { LicenceId = LicenceId, Scenario = scenario }, cancellationToken: cancellation)).Code;

    private static bool IsCard(string line, LicenceCatalogue catalogue)
    {
        using var document = JsonDocument.Parse(line);
        var licence = document.RootElement;
        return licence.GetProperty("type_code").GetString() == catalogue.FindType(Type)!.TypeCode
            && licence.GetProperty("holder").GetProperty("code_type").GetString() == CitizenNumber
            && licence.GetProperty("status").GetString() == "valid";
    }

    private static async Task ImportAsync(NodeConnection authority, List<string> lines, CancellationToken cancellation)
    {
        using var call = authority.Licences.ImportLicences(cancellationToken: cancellation);
        var first = 1L;
        foreach (var some in lines.Chunk(LinesOfOneMessage))
        {
            await call.RequestStream.WriteAsync(new ImportLicencesRequest { FirstLineNumber = first, Lines = { some } }, cancellation);
            first += some.Length;
        }

        await call.RequestStream.CompleteAsync();
        await foreach (var answer in call.ResponseStream.ReadAllAsync(cancellation))
        {
            if (answer.Refused.Count > 0)
            {
                throw new LoadTestException($"The node refused line {answer.Refused[0].LineNumber} of the sample licences: {answer.Refused[0].Field} {answer.Refused[0].Reason}");
            }
        }
    }

    private static async Task<string> SignInAsync(NodeConnection caller, string licenceId, CancellationToken cancellation)
    {
        using var response = await caller.Http.PostAsJsonAsync("/dev/token", new { licence_id = licenceId, @as = "holder" }, cancellation);
        if (!response.IsSuccessStatusCode)
        {
            throw new LoadTestException($"The node's sample sign-in answered {(int)response.StatusCode}: it must run in Development.");
        }

        using var answer = await JsonDocument.ParseAsync(await response.Content.ReadAsStreamAsync(cancellation), cancellationToken: cancellation);
        return answer.RootElement.GetProperty("access_token").GetString()!;
    }

    /// <summary>Entries must have stood in a published head for 5 s before codes are made on them (docs/payload.md).</summary>
    private async Task WaitAsync(CancellationToken cancellation)
    {
        var until = DateTime.UtcNow + s_patience;
        while (true)
        {
            try
            {
                await PresentAsync("counter-check", cancellation);
                return;
            }
            catch (NodeException e) when (e.StatusCode == StatusCode.Unavailable && DateTime.UtcNow < until)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(250), cancellation);
            }
        }
    }
}
