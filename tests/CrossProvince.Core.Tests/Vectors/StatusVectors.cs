using CrossProvince.Core.Presentation;
using CrossProvince.Core.Verification;

namespace CrossProvince.Core.Tests.Vectors;

/// <summary>Steps 7 to 10: recognition, scenario, last day, licence index; and that the first check that fails decides.</summary>
internal static class StatusVectors
{
    private const long Now = VectorWorld.Now;
    private const int Peer = 6;

    /// <summary>00:00 of the day after <see cref="VectorWorld.Today"/> in China, Unix seconds.</summary>
    private const long Midnight = ((VectorWorld.Today + 1) * 86_400L) - 28_800;

    internal static IReadOnlyList<CodeVector> All { get; } =
    [
        new("not-recognised-region", Verdict.NotRecognised, "Nothing of Hebei is recognised in Tianjin.") { Licence = "hebei-citizen", Key = "hebei-code" },
        new("not-recognised-type", Verdict.NotRecognised, "Household registers of Beijing are not recognised in Tianjin.") { Licence = "household" },
        new("not-recognised-scenario", Verdict.NotRecognised, "Beijing recognises Tianjin's identity cards at a counter, not among persons.")
        {
            Licence = "tianjin-citizen", Key = "tianjin-code", Recognising = "110000", Claims = c => c with { Scenario = Peer },
        },
        new("not-recognised-elsewhere", Verdict.NotRecognised, "A region that recognises nobody.") { Recognising = "310000" },
        new("type-unknown", Verdict.NotRecognised, "A licence type that is not in the catalogue.") { Claims = c => c with { LicenceType = 77 } },
        new("type-not-of-scenario", Verdict.NotRecognised, "The scenario is not for this type, not even in the region itself.") { Recognising = "110000", Claims = c => c with { Scenario = 4 } },
        new("own-region", Verdict.Valid, "A region recognises its own licences.") { Licence = "household", Recognising = "110000", UseRequired = true },
        new("other-region", Verdict.Valid, "A licence of Tianjin in Beijing.") { Licence = "tianjin-citizen", Key = "tianjin-code", Recognising = "110000", UseRequired = true },
        new("specimen", Verdict.Specimen, "A specimen outside Development.") { Claims = c => c with { Specimen = true } },
        new("specimen-in-development", Verdict.Valid, "A specimen in Development; its tag is that of the type without the specimen bit.") { Rules = "development", Claims = c => c with { Specimen = true }, UseRequired = true },

        new("scenario-asked", Verdict.Valid, "Asked for the scenario that the code was made for.") { Scenario = "counter-check", UseRequired = true },
        new("scenario-other", Verdict.ScenarioMismatch, "Asked for another scenario.") { Scenario = "peer-check" },
        new("scenario-unknown", Verdict.ScenarioMismatch, "Made for a scenario that is not in the catalogue.") { Claims = c => c with { Scenario = 99 } },
        new("scenario-unlisted", Verdict.VerifierNotAllowed, "A scenario for listed verifiers, and one that its entry does not list.")
        {
            Licence = "driver", Claims = c => c with { Scenario = 2 }, Verifier = "unlisted",
        },
        new("scenario-of-organisations", Verdict.VerifierNotAllowed, "A natural person asks for what organisations may.") { Verifier = "person" },
        new("scenario-of-anyone", Verdict.Valid, "A natural person asks for what anyone may; many uses.") { Verifier = "person", Claims = c => c with { Scenario = Peer, ExpiresAt = c.IssuedAt + 300 } },
        new("scenario-asked-not-allowed", Verdict.VerifierNotAllowed, "Whether the verifier may is judged before whether the code was made for it.") { Verifier = "person", Scenario = "traffic-stop" },
        new("scenario-of-a-node", Verdict.Valid, "Another region's node: its own region answers for its organisations.") { Licence = "company", Claims = c => c with { Scenario = 4 }, Verifier = "node", UseRequired = true },
        new("scenario-once-everywhere", Verdict.Valid, "One use everywhere, to be claimed at the issuing region.") { Licence = "company", Claims = c => c with { Scenario = 4 }, UseRequired = true },
        new("scenario-many", Verdict.Valid, "Many uses: nothing is to be claimed.") { Licence = "driver", Claims = c => c with { Scenario = 2 } },
        new("shown-by-guardian", Verdict.Valid, "Shown by a guardian.") { Claims = c => c with { Presenter = Presenter.Guardian }, UseRequired = true },

        new("last-day", Verdict.Valid, "The last second of its last day in China.") { Licence = "last-day", At = (Midnight - 1) * 1000, Indexes = ["beijing-midnight"], UseRequired = true },
        new("last-day-over", Verdict.LicenceExpired, "The first second of the day after.") { Licence = "last-day", At = Midnight * 1000, Indexes = ["beijing-midnight"] },
        new("last-day-long-over", Verdict.LicenceExpired, "The day before was its last.") { Licence = "expired" },

        new("revoked", Verdict.Revoked, "Ended, reason 1.") { Licence = "revoked" },
        new("cancelled", Verdict.Withdrawn, "Ended, reason 2.") { Licence = "cancelled" },
        new("void", Verdict.Withdrawn, "Ended, reason 3.") { Licence = "void" },
        new("transferred", Verdict.Withdrawn, "Ended, reason 4.") { Licence = "transferred" },
        new("replaced", Verdict.Withdrawn, "Ended, reason 5.") { Licence = "replaced" },
        new("suspended", Verdict.Suspended, "Suspended, reason 10.") { Licence = "suspended" },
        new("frozen", Verdict.Suspended, "Suspended, reason 11.") { Licence = "frozen" },
        new("not-yet-active", Verdict.NotActive, "Not active, reason 20.") { Licence = "not-yet-active" },
        new("source-unknown", Verdict.Undetermined, "Not active, reason 21.") { Licence = "source-unknown", Reason = UndeterminedReason.SourceUnknown },

        new("invented-licence", Verdict.LicenceUnknown, "A good signature over an entry that was never given out: a stolen code key, or a misused front end.") { Claims = c => c with { Index = 4000 }, Alarm = true },
        new("invented-list", Verdict.LicenceUnknown, "A list that the region does not have.") { Claims = c => c with { List = 5 }, Alarm = true },
        new("invented-entry-beyond", Verdict.LicenceUnknown, "An entry beyond the list's last chunk.") { Claims = c => c with { Index = 100_000 }, Alarm = true },
        new("other-name", Verdict.LicenceUnknown, "Another name over an entry that there is: the tag differs.")
        {
            Display = Display.Fit("魏*明", "1****************X", VectorWorld.Today + 1000, null), Alarm = true,
        },
        new("other-type", Verdict.LicenceUnknown, "Another type over an entry that there is.") { Licence = "citizen", Claims = c => c with { LicenceType = 11 }, Alarm = true },
        new("other-last-day", Verdict.LicenceUnknown, "A later last day over an entry that there is.") { Licence = "expired", Display = Display.Fit("周*", "1****************X", VectorWorld.Today + 1, null), Alarm = true },
        new("other-entry-of-ended", Verdict.LicenceUnknown, "The place of a revoked licence with another display: the tag decides before the status.") { Licence = "revoked", Display = Display.Fit("钱*", "1****************7", VectorWorld.Today + 1000, null), Alarm = true },
        new("newer-than-the-copy", Verdict.Undetermined, "The licence may be newer than the copy, which is older than the code by more than 5 s.")
        {
            Licence = "late", Indexes = ["beijing-before"], Reason = UndeterminedReason.NotYetSeen, Stale = true,
        },
        new("as-old-as-the-copy", Verdict.LicenceUnknown, "Issued 5 s after the copy's time: it would be known.") { Licence = "late", Indexes = ["beijing-before"], At = (Now - 115 + IssuedAgo) * 1000, Alarm = true },
        new("not-revoked-yet", Verdict.Valid, "An older copy does not know of the revocation; 120 s old, it is past the soft limit.") { Licence = "revoked", Indexes = ["beijing-before"], Stale = true, UseRequired = true },

        new("no-copy", Verdict.Undetermined, "No copy of the issuing region's index.") { Indexes = ["tianjin", "hebei"], Reason = UndeterminedReason.NoStatus },
        new("copy-at-soft-limit", Verdict.Valid, "A copy of exactly 60 s.") { At = IndexVector.HeadTime + 60_000, UseRequired = true },
        new("copy-past-soft-limit", Verdict.Valid, "A copy of 60.001 s: stale.") { At = IndexVector.HeadTime + 60_001, Stale = true, UseRequired = true },
        new("copy-at-hard-limit", Verdict.Valid, "A copy of exactly 600 s.") { At = IndexVector.HeadTime + 600_000, Stale = true, UseRequired = true },
        new("copy-past-hard-limit", Verdict.Undetermined, "A copy of 600.001 s: nothing is said of a licence in force.") { At = IndexVector.HeadTime + 600_001, Stale = true, Reason = UndeterminedReason.Stale },
        new("copy-past-hard-limit-suspended", Verdict.Undetermined, "Nor of a suspended one, which may have been given back.") { Licence = "suspended", At = IndexVector.HeadTime + 600_001, Stale = true, Reason = UndeterminedReason.Stale },
        new("copy-past-hard-limit-revoked", Verdict.Revoked, "What has ended has ended for good.") { Licence = "revoked", At = IndexVector.HeadTime + 600_001, Stale = true },
        new("copy-past-hard-limit-cancelled", Verdict.Withdrawn, "So has what was cancelled.") { Licence = "cancelled", At = IndexVector.HeadTime + 600_001, Stale = true },
        new("copy-past-hard-limit-unknown", Verdict.Undetermined, "An entry with another tag is no longer judged.") { Claims = c => c with { Index = 4000 }, At = IndexVector.HeadTime + 600_001, Stale = true, Reason = UndeterminedReason.Stale },
        new("copy-past-soft-limit-of-scenario", Verdict.Valid, "The scenario sets 10 s.") { Claims = c => c with { Scenario = 200 }, At = IndexVector.HeadTime + 10_001, Stale = true },
        new("copy-past-hard-limit-of-scenario", Verdict.Undetermined, "The scenario sets 30 s.") { Claims = c => c with { Scenario = 200 }, At = IndexVector.HeadTime + 30_001, Stale = true, Reason = UndeterminedReason.Stale },
        new("copy-of-a-day-offline", Verdict.Valid, "Without a node a copy may be 24 h old.") { Rules = "offline", At = IndexVector.HeadTime + 86_400_000, UseRequired = true },
        new("copy-past-a-day-offline", Verdict.Valid, "Then it is stale.") { Rules = "offline", At = IndexVector.HeadTime + 86_400_001, Stale = true, UseRequired = true },
        new("copy-past-three-days-offline", Verdict.Undetermined, "And after 72 h good for nothing but what has ended.") { Rules = "offline", At = IndexVector.HeadTime + 259_200_001, Stale = true, Reason = UndeterminedReason.Stale },

        new("order-truncated-before-clock", Verdict.Truncated, "Step 1 before the clock.") { ClockBehind = true, Scanning = text => text[..60] },
        new("order-clock-before-trust", Verdict.Undetermined, "The clock before the trust list.") { ClockBehind = true, TrustList = "too-old", TrustStale = true, Reason = UndeterminedReason.Clock },
        new("order-key-before-signature", Verdict.KeyNotValid, "Step 3 before step 4.") { Key = "beijing-code-over", Damage = CodeParts.Signature(s => CodeParts.Flip(s, 63)) },
        new("order-signature-before-times", Verdict.BadSignature, "Step 4 before step 6: nothing is said of a code whose signature does not hold.")
        {
            Claims = c => c with { IssuedAt = Now - 5000, ExpiresAt = Now - 4910 }, Damage = CodeParts.Signature(s => CodeParts.Flip(s, 63)),
        },
        new("order-life-before-expiry", Verdict.LifetimeNotAllowed, "Within step 6 the life is judged first.") { Claims = c => c with { IssuedAt = Now - 5000, ExpiresAt = Now - 4000 } },
        new("order-expiry-before-recognition", Verdict.Expired, "Step 6 before step 7.") { Licence = "household", Claims = c => c with { IssuedAt = Now - 200, ExpiresAt = Now - 110 } },
        new("order-recognition-before-specimen", Verdict.NotRecognised, "Recognition before the specimen.") { Licence = "household", Claims = c => c with { Specimen = true } },
        new("order-scenario-before-last-day", Verdict.ScenarioMismatch, "Step 8 before step 9.") { Licence = "expired", Scenario = "peer-check" },
        new("order-last-day-before-status", Verdict.LicenceExpired, "Step 9 before step 10, though there is no copy of the index.") { Licence = "expired", Indexes = [] },
    ];

    private const long IssuedAgo = CodeVector.IssuedAgo;
}
