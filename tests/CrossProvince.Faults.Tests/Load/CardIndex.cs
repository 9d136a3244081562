using System.Collections.Concurrent;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using CrossProvince.Client.Connecting;
using CrossProvince.Contracts.Licences.V1;
using CrossProvince.Contracts.Presentation.V1;
using CrossProvince.Faults.Tests.History;
using CrossProvince.Faults.Tests.Region;
using CrossProvince.Integration.Tests.Processes;
using CrossProvince.LoadTest.Codes;

namespace CrossProvince.Faults.Tests.Load;

/// <summary>The cards that are shown, and everything else that was imported.</summary>
internal sealed class CardIndex(IRegion region, Book book, Insistence insistence)
{
    private const string OnceScenario = "counter-check";

    /// <summary>An app makes a code anew long before it dies.</summary>
    private const long RefreshMilliseconds = 90_000;

    private const string ManyScenario = "peer-check";

    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(200);

    private readonly ConcurrentDictionary<(string Token, int Node), PresentationService.PresentationServiceClient> _clients = new();

    /// <summary>Cards with holders.</summary>
    public IReadOnlyList<Card> Cards { get; private set; } = [];

    /// <summary>Licences that are only changed.</summary>
    public ConcurrentQueue<LicenceLife> Others { get; } = new();

    /// <summary>Imports cards and other licences, signs the holders in, and waits until codes are made for them.</summary>
    /// <param name="cards">How many cards; a third of them for each fate.</param>
    /// <param name="others">How many other licences.</param>
    /// <param name="seed">Of the samples.</param>
    public async Task PrepareAsync(int cards, int others, int seed)
    {
        var lines = region.Federation.Lines(region.Code, (cards * 2) + others, seed).Where(line => Importing.Status(line) == "valid").ToList();
        var shown = lines.Where(Importing.IsIdentityCard).Take(cards).ToList();
        var lives = await ImportAsync(0, shown);
        foreach (var life in await ImportAsync(0, [.. lines.Except(shown).Take(others)]))
        {
            Others.Enqueue(life);
        }

        var made = new List<Card>(cards);
        foreach (var life in lives)
        {
            made.Add(await TakeInAsync(life, (Fate)(made.Count % 3)));
        }

        Cards = made;
    }

    /// <summary>Signs in the holder of a new licence, and waits until codes are made for it.</summary>
    public async Task<Card> TakeInAsync(LicenceLife life, Fate fate)
    {
        var card = new Card(life, await SignInAsync(life.LicenceId), fate);
        var start = Outages.Now();
        while (!await RefreshAsync(card, 0))
        {
            Assert.That(Outages.Now() - start, Is.LessThan(s_patience.TotalMilliseconds), "A licence could not be shown in time.");
            await Task.Delay(s_pause);
        }

        card.Template = CodeTemplate.Read(card.Lasting!.Text);
        return card;
    }

    /// <summary>Imports lines, and asks until they are answered.</summary>
    public async Task<IReadOnlyList<LicenceLife>> ImportAsync(int node, IReadOnlyList<string> lines)
    {
        var answer = await insistence.AskAsync(region.OwnFrom(node), n => region.Authority(n).ImportAsync(lines));
        if (answer.Created + answer.Unchanged != lines.Count)
        {
            book.Wrong.Enqueue($"An import of {lines.Count} lines was answered with {answer.Created} made, {answer.Updated} changed, {answer.Unchanged} unchanged and {answer.RefusedCount} refused.");
        }

        var lives = lines.Select(line => new LicenceLife(Importing.LicenceId(line), Outages.Now())).ToList();
        foreach (var life in lives)
        {
            book.Licences[life.LicenceId] = life;
        }

        return lives;
    }

    /// <summary>Makes the card's lasting code anew.</summary>
    /// <returns>False when its status does not allow it now.</returns>
    public async Task<bool> RefreshAsync(Card card, int node)
    {
        card.Lasting = await ShowAsync(card, node, ManyScenario, isSingleUse: false);
        return card.Lasting is not null;
    }

    /// <summary>Makes the card's lasting code anew when it has none, or one that dies soon. The code of a card that has ended stays as it is: no other can be had.</summary>
    public async Task KeepLastingAsync(Card card, int node)
    {
        if (card.Life.Newest == LicenceStatus.Valid && (card.Lasting is not { } before || before.ExpiresAt < Outages.Now() + RefreshMilliseconds))
        {
            before = card.Lasting;
            if (!await RefreshAsync(card, node))
            {
                card.Lasting = before;
            }
        }
    }

    /// <summary>A code of the card that one owner may use.</summary>
    /// <returns>Null when its status does not allow it now.</returns>
    public Task<HeldCode?> ShowOnceAsync(Card card, int node) => ShowAsync(card, node, OnceScenario, isSingleUse: true);

    /// <summary>A code of the card for some other scenario.</summary>
    /// <returns>Null when its status does not allow it now.</returns>
    public Task<HeldCode?> ShowForAsync(Card card, int node, string scenario) => ShowAsync(card, node, scenario, isSingleUse: scenario == HeldCode.OnceEverywhere);

    private async Task<HeldCode?> ShowAsync(Card card, int node, string scenario, bool isSingleUse)
    {
        try
        {
            var answer = await insistence.AskAsync(region.OwnFrom(node), async n => await Client(card.Token, n).CreatePresentationAsync(
                new CreatePresentationRequest { LicenceId = card.Life.LicenceId, Scenario = scenario }));
            var code = new HeldCode(card.Life, answer.ShowingId, answer.Code, answer.ExpiresAt.ToDateTimeOffset().ToUnixTimeMilliseconds(), scenario, isSingleUse);
            book.Codes.Enqueue(code);
            return code;
        }
        catch (NodeException e) when (e.Reason is "LICENCE_TOO_NEW" or "LICENCE_NOT_IN_FORCE")
        {
            if (e.Reason == "LICENCE_NOT_IN_FORCE" && card.Fate == Fate.Stays)
            {
                book.Wrong.Enqueue("A licence that was never changed could not be shown, since it was not in force.");
            }

            return null;
        }
    }

    private PresentationService.PresentationServiceClient Client(string token, int node) => _clients.GetOrAdd((token, node), _ => region.Verifier(node).Presentations(token));

    private async Task<string> SignInAsync(string licenceId)
    {
        using var response = await region.Verifier(0).Http.PostAsJsonAsync("/dev/token", new { licence_id = licenceId, @as = "holder" });
        response.EnsureSuccessStatusCode();
        return (await response.Content.ReadFromJsonAsync<JsonObject>())!["access_token"]!.GetValue<string>();
    }
}
