using System.Globalization;
using System.Text.Json.Nodes;
using CrossProvince.Core.Presentation;
using CrossProvince.Core.Verification;

namespace CrossProvince.Core.Tests.Vectors;

/// <summary>One scan, the situation it is judged in, and the verdict that docs/payload.md gives it. As it stands: a good code of Beijing at a counter of Tianjin.</summary>
/// <remarks>Verdicts are written down here, never asked of the verifier.</remarks>
internal sealed record CodeVector(string Id, Verdict Verdict, string Why)
{
    internal const long IssuedAgo = 10;
    internal const long Life = 90;

    /// <summary>The licence that is shown, and where in the index the code says it is.</summary>
    internal string Licence { get; init; } = "citizen";

    internal string Key { get; init; } = "beijing-code";

    /// <summary>What the code claims otherwise.</summary>
    internal Func<PresentationClaims, PresentationClaims> Claims { get; init; } = claims => claims;

    /// <summary>The display in the code; null is the licence's.</summary>
    internal Display? Display { get; init; }

    /// <summary>What is done to the bytes before they become a text.</summary>
    internal Func<byte[], byte[]> Damage { get; init; } = message => message;

    /// <summary>What the scanner makes of the text.</summary>
    internal Func<string, string> Scanning { get; init; } = text => text;

    /// <summary>Unix milliseconds.</summary>
    internal long At { get; init; } = VectorWorld.Now * 1000;

    internal bool ClockBehind { get; init; }

    /// <summary>Last successful re-read of the trust list, seconds before <see cref="At"/>.</summary>
    internal int TrustReadAgo { get; init; } = 30;

    internal string TrustList { get; init; } = "federation";

    /// <summary>The indexes that are held.</summary>
    internal IReadOnlyList<string> Indexes { get; init; } = ["beijing", "tianjin", "hebei"];

    internal string Recognising { get; init; } = "120000";

    /// <summary>What the verifier may use: organisation, unlisted (an organisation whose entry names no scenario), person or node.</summary>
    internal string Verifier { get; init; } = "organisation";

    /// <summary>The scenario asked for; null is the code's own.</summary>
    internal string? Scenario { get; init; }

    /// <summary>The limits: node, offline or development.</summary>
    internal string Rules { get; init; } = "node";

    internal UndeterminedReason Reason { get; init; }

    internal bool Stale { get; init; }

    internal bool TrustStale { get; init; }

    internal bool UseRequired { get; init; }

    internal bool Alarm { get; init; }

    /// <summary>Whether step 4 passed, where the verdict does not tell.</summary>
    internal bool? SignatureHolds { get; init; }

    private bool Holds => SignatureHolds ?? Verdict is Verdict.Valid or (>= Verdict.KeyNotAllowed and < Verdict.Undetermined)
        || Reason is UndeterminedReason.NoStatus or UndeterminedReason.Stale or UndeterminedReason.NotYetSeen or UndeterminedReason.SourceUnknown;

    private bool IndexConsulted => Verdict is Verdict.Valid or Verdict.Revoked or Verdict.Suspended or Verdict.NotActive or Verdict.LicenceUnknown or Verdict.Withdrawn
        || Reason is UndeterminedReason.Stale or UndeterminedReason.NotYetSeen or UndeterminedReason.SourceUnknown;

    internal string Text => Scanning(PresentationText.Write(Message));

    internal byte[] Message => Damage(PresentationEncoder.Encode(ClaimsOfCode, Display ?? VectorLicence.Of(Licence).Display, VectorKeys.Of(Key)));

    private PresentationClaims ClaimsOfCode
    {
        get
        {
            var licence = VectorLicence.Of(Licence);
            var now = (At / 1000) - IssuedAgo;
            return Claims(new PresentationClaims
            {
                Region = licence.Region,
                IssuedAt = now,
                ExpiresAt = now + Life,
                Showing = new ShowingId(0x0123456789AB),
                CodeNumber = 3,
                LicenceType = licence.Type,
                Scenario = 1,
                List = licence.List,
                Index = licence.Index,
            });
        }
    }

    internal JsonObject ToJson()
    {
        var json = new JsonObject { ["id"] = Id, ["why"] = Why, ["text"] = Text };
        void Unless<T>(bool isDefault, string name, T value)
        {
            if (!isDefault)
            {
                json[name] = JsonValue.Create(value);
            }
        }

        Unless(At == VectorWorld.Now * 1000, "at", At);
        Unless(!ClockBehind, "clockBehind", true);
        Unless(TrustReadAgo == 30, "trustReadSecondsAgo", TrustReadAgo);
        Unless(TrustList == "federation", "trustList", TrustList);
        if (!Indexes.SequenceEqual(["beijing", "tianjin", "hebei"]))
        {
            json["indexes"] = new JsonArray([.. Indexes.Select(index => JsonValue.Create(index))]);
        }

        Unless(Recognising == "120000", "recognising", Recognising);
        Unless(Verifier == "organisation", "verifier", Verifier);
        Unless(Scenario is null, "scenario", Scenario);
        Unless(Rules == "node", "rules", Rules);
        json["expect"] = Expected();
        return json;
    }

    private JsonObject Expected()
    {
        var expected = new JsonObject { ["verdict"] = Name(Verdict), ["number"] = (int)Verdict };
        if (Reason != UndeterminedReason.None)
        {
            expected["reason"] = Name(Reason);
        }

        foreach (var (name, value) in new[] { ("stale", Stale), ("trustStale", TrustStale), ("useRequired", UseRequired), ("alarm", Alarm) })
        {
            if (value)
            {
                expected[name] = true;
            }
        }

        if (IndexConsulted)
        {
            var region = VectorLicence.Of(Licence).Region;
            expected["asOf"] = IndexVector.All.Single(index => index.Region == region && Indexes.Contains(index.Id)).AsOf;
        }

        if (Holds)
        {
            expected["says"] = Says();
        }

        return expected;
    }

    private JsonObject Says()
    {
        var (claims, display) = (ClaimsOfCode, Display ?? VectorLicence.Of(Licence).Display);
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

    /// <summary>The name of docs/payload.md: NOT_YET_VALID.</summary>
    internal static string Name<T>(T value)
        where T : struct, Enum => string.Concat(value.ToString().Select((c, i) => i > 0 && char.IsUpper(c) ? $"_{c}" : char.ToUpper(c, CultureInfo.InvariantCulture).ToString()));
}
