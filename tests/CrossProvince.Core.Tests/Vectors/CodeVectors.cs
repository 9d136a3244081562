using System.Text.Json.Nodes;

namespace CrossProvince.Core.Tests.Vectors;

/// <summary>codes.json.</summary>
internal static class CodeVectors
{
    internal static IReadOnlyList<CodeVector> All { get; } = [.. KeyVectors.All, .. ReadingVectors.All, .. StatusVectors.All];

    internal static JsonObject Make() => new()
    {
        ["about"] = "Scans and the verdict of steps 1 to 10 of docs/payload.md. A case says what differs from defaults. says is what a code says once its signature holds; where it is missing, nothing of the code may be shown or stored. "
            + "useRequired: the showing must still be claimed (step 11) before the answer may be VALID. alarm: a good signature that the index contradicts.",
        ["defaults"] = new JsonObject
        {
            ["at"] = VectorWorld.Now * 1000,
            ["clockBehind"] = false,
            ["trustList"] = "federation",
            ["trustReadSecondsAgo"] = 30,
            ["indexes"] = new JsonArray("beijing", "tianjin", "hebei"),
            ["recognising"] = "120000",
            ["verifier"] = "organisation",
            ["scenario"] = null,
            ["rules"] = "node",
        },
        ["trustRefreshSeconds"] = 60,
        ["verifiers"] = new JsonObject
        {
            ["organisation"] = Verifier("organisation", new JsonArray([.. VectorWorld.Catalogue.Scenarios.Select(scenario => JsonValue.Create(scenario.Id))])),
            ["unlisted"] = Verifier("organisation", null),
            ["person"] = Verifier("person", null),
            ["node"] = Verifier("node", null),
        },
        ["rules"] = new JsonObject
        {
            ["node"] = Rules(30, 60, 600, false),
            ["offline"] = Rules(120, 86_400, 259_200, false),
            ["development"] = Rules(30, 60, 600, true),
        },
        ["cases"] = new JsonArray([.. All.Select(vector => vector.ToJson())]),
    };

    private static JsonObject Verifier(string kind, JsonArray? scenarios) => new() { ["kind"] = kind, ["scenarios"] = scenarios };

    private static JsonObject Rules(int skew, int soft, int hard, bool specimens) => new()
    {
        ["skewSeconds"] = skew,
        ["softSeconds"] = soft,
        ["hardSeconds"] = hard,
        ["allowSpecimens"] = specimens,
    };
}
