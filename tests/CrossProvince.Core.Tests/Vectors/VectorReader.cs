using System.Text.Json.Nodes;
using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Signatures;
using CrossProvince.Core.Status;
using CrossProvince.Core.Trust;
using CrossProvince.Core.Verification;

namespace CrossProvince.Core.Tests.Vectors;

/// <summary>Reads the vectors as a partner does, from the files alone, and asks this project's verifier.</summary>
internal static class VectorReader
{
    private static readonly Lazy<JsonObject> s_codes = new(() => VectorFiles.Read("codes.json"));
    private static readonly Lazy<Dictionary<string, TrustList>> s_trustLists = new(ReadTrustLists);
    private static readonly Lazy<Dictionary<string, RegionIndex>> s_indexes = new(ReadIndexes);
    private static readonly LicenceVerifierByRules s_verifiers = new();

    internal static TrustRoots Roots { get; } = ReadRoots();

    internal static TrustList Federation => s_trustLists.Value["federation"];

    internal static IReadOnlyDictionary<string, RegionIndex> Indexes => s_indexes.Value;

    internal static VerificationAnswer Judge(JsonObject vector)
    {
        JsonNode? Given(string name) => vector.TryGetPropertyValue(name, out var value) ? value : s_codes.Value["defaults"]![name];
        var at = (long)Given("at")!;
        var trust = s_trustLists.Value[(string)Given("trustList")!];
        var index = new LicenceIndex();
        foreach (var held in Given("indexes")!.AsArray())
        {
            index.Replace(Indexes[(string)held!]);
        }

        var data = new VerificationData
        {
            Trust = trust,
            TrustFreshness = TrustFreshness.At(trust.ExpiresAt, (at / 1000) - (int)Given("trustReadSecondsAgo")!, (int)s_codes.Value["trustRefreshSeconds"]!, at / 1000),
            Catalogue = VectorWorld.Catalogue,
            Index = index,
            Time = new TrustedTime(at, (bool)Given("clockBehind")!),
        };
        var scenario = (string?)Given("scenario");
        var question = new VerificationQuestion(
            ((string)vector["text"]!).AsMemory(),
            scenario is null ? null : VectorWorld.Catalogue.FindScenario(scenario),
            RegionCode.Parse((string)Given("recognising")!),
            RightsOf(s_codes.Value["verifiers"]![(string)Given("verifier")!]!));
        return s_verifiers.Of(s_codes.Value["rules"]![(string)Given("rules")!]!).Verify(data, question);
    }

    /// <summary>What the verifier answered, in the form of the file.</summary>
    internal static JsonObject Describe(in VerificationAnswer answer)
    {
        var json = new JsonObject { ["verdict"] = CodeVector.Name(answer.Verdict), ["number"] = (int)answer.Verdict };
        if (answer.Reason != UndeterminedReason.None)
        {
            json["reason"] = CodeVector.Name(answer.Reason);
        }

        foreach (var (name, value) in new[] { ("stale", answer.Stale), ("trustStale", answer.TrustStale), ("useRequired", answer.UseRequired), ("alarm", answer.TagMismatch) })
        {
            if (value)
            {
                json[name] = true;
            }
        }

        if (answer.AsOfMilliseconds > 0)
        {
            json["asOf"] = answer.AsOfMilliseconds;
        }

        if (answer.SignatureHolds)
        {
            json["says"] = Says(answer);
        }

        return json;
    }

    private static JsonObject Says(in VerificationAnswer answer)
    {
        var (claims, display) = (answer.Code.Claims, answer.Code.ReadDisplay());
        return new JsonObject
        {
            ["region"] = claims.Region.ToString(),
            ["issuedAt"] = claims.IssuedAt,
            ["expiresAt"] = claims.ExpiresAt,
            ["showing"] = claims.Showing.ToString(),
            ["codeNumber"] = claims.CodeNumber,
            ["type"] = claims.LicenceType,
            ["specimen"] = claims.Specimen,
            ["scenario"] = claims.Scenario,
            ["list"] = claims.List,
            ["index"] = claims.Index,
            ["presenter"] = (int)claims.Presenter,
            ["display"] = new JsonArray(display.Name, display.Number, display.LastValidDay, display.Extra),
        };
    }

    private static VerifierRights RightsOf(JsonNode verifier) => (string)verifier["kind"]! switch
    {
        "person" => VerifierRights.Person,
        "node" => VerifierRights.Node,
        _ => new VerifierRights(true, verifier["scenarios"]?.AsArray().Select(scenario => (string)scenario!).ToHashSet()),
    };

    private static TrustRoots ReadRoots()
    {
        var file = VectorFiles.Read("trust-lists.json");
        return new TrustRoots([.. file["roots"]!.AsArray().Select(root => PublicKey.FromSpki(VectorFiles.Hex(root)))], (int)file["threshold"]!);
    }

    private static Dictionary<string, TrustList> ReadTrustLists() => VectorFiles.CasesOf("trust-lists.json")
        .Where(vector => (bool)vector["expect"]!["accepted"]!)
        .ToDictionary(vector => (string)vector["id"]!, vector => TrustListDocument.Open(VectorFiles.Hex(vector["document"]), Roots));

    private static Dictionary<string, RegionIndex> ReadIndexes() => VectorFiles.Read("indexes.json")["indexes"]!.AsArray().ToDictionary(vector => (string)vector!["id"]!, vector =>
    {
        var region = RegionCode.Parse((string)vector!["region"]!);
        var index = new RegionIndex(region, Federation.FindRegion(region)!.ListBound);
        foreach (var document in vector["batches"]!.AsArray())
        {
            var batch = StatusFeedDocument.Open(VectorFiles.Hex(document), Federation, region, VectorWorld.Now);
            Assert.That(batch.Compare(index.Seq, index.ChainHash.Span), Is.EqualTo(FeedOrder.Next));
            foreach (var change in batch.Changes)
            {
                index.Apply(change);
            }
        }

        index.Follow(StatusHeadDocument.Open(VectorFiles.Hex(vector["head"]), Federation, region, (long)vector["expect"]!["asOf"]! / 1000));
        return index;
    });

    private sealed class LicenceVerifierByRules
    {
        private readonly TableSignatureVerifier _signatures = new();

        internal LicenceVerifier Of(JsonNode rules) => new(_signatures, new VerifyingRules
        {
            SkewSeconds = (int)rules["skewSeconds"]!,
            SoftSeconds = (int)rules["softSeconds"]!,
            HardSeconds = (int)rules["hardSeconds"]!,
            AllowSpecimens = (bool)rules["allowSpecimens"]!,
        });
    }
}
