using CrossProvince.Core.Presentation;
using CrossProvince.Core.Signatures;
using CrossProvince.Core.Status;
using CrossProvince.Core.Tests.Signatures;
using CrossProvince.Core.Tests.Trust;
using CrossProvince.Core.Trust;
using CrossProvince.Core.Verification;
using CrossProvince.Tests;

namespace CrossProvince.Core.Tests.Verification;

public sealed class LicenceVerifierTests
{
    private const long Start = Situation.Start;

    private static IEnumerable<Flaw> Flaws => Flaw.InOrder;

    private static IEnumerable<TestCaseData> Pairs =>
        from first in Enumerable.Range(0, Flaw.InOrder.Count)
        from second in Enumerable.Range(first + 1, Flaw.InOrder.Count - first - 1)
        select new TestCaseData(Flaw.InOrder[first], Flaw.InOrder[second]).SetArgDisplayNames(Flaw.InOrder[first].Name, Flaw.InOrder[second].Name);

    [TestCase(SignatureAlgorithm.Sm2)]
    [TestCase(SignatureAlgorithm.Esp256)]
    public void Verify_NothingWrong_IsValid(SignatureAlgorithm algorithm) =>
        Assert.That((new Situation { Signer = TestKeys.Of(algorithm) }).Verify().Verdict, Is.EqualTo(Verdict.Valid));

    [TestCaseSource(nameof(Flaws))]
    public void Verify_OneFlaw_GivesItsVerdict(object flaw)
    {
        var only = (Flaw)flaw;

        var answer = only.Apply(new Situation()).Verify();

        Assert.That((answer.Verdict, answer.Reason), Is.EqualTo((only.Verdict, only.Reason)));
    }

    [TestCaseSource(nameof(Pairs))]
    public void Verify_TwoFlaws_GivesTheEarlierStepsVerdict(object earlier, object later)
    {
        var (first, second) = ((Flaw)earlier, (Flaw)later);

        var answer = first.Apply(second.Apply(new Situation())).Verify();

        Assert.That((answer.Verdict, answer.Reason), Is.EqualTo((first.Verdict, first.Reason)));
    }

    [Test]
    public void Verify_OtherVersion_IsUnsupported() =>
        Assert.That((new Situation { Scanning = text => "CP2" + text[3..] }).Verify().Verdict, Is.EqualTo(Verdict.UnsupportedVersion));

    [TestCase(79, Verdict.Valid)]
    [TestCase(80 + 29, Verdict.Valid)]
    [TestCase(80 + 30, Verdict.Expired)]
    public void Verify_AroundExpiryAndSkew_ChangesToTheSecond(int afterStart, Verdict expected) =>
        Assert.That(new Situation().At(Start + afterStart).Verify().Verdict, Is.EqualTo(expected));

    [TestCase(30, Verdict.Valid)]
    [TestCase(31, Verdict.NotYetValid)]
    public void Verify_IssuedAheadOfTheClock_IsForgivenForTheSkew(int ahead, Verdict expected)
    {
        var situation = new Situation();
        var claims = situation.Claims with { IssuedAt = Start + ahead, ExpiresAt = Start + ahead + 90 };

        Assert.That((situation with { Claims = claims }).Verify().Verdict, Is.EqualTo(expected));
    }

    [Test]
    public void Verify_OfflineSkew_ForgivesMore() =>
        Assert.That((new Situation { Rules = new VerifyingRules { SkewSeconds = 120 } }).At(Start + 80 + 119).Verify().Verdict, Is.EqualTo(Verdict.Valid));

    [TestCase("15:59:59", Verdict.Valid)]
    [TestCase("16:00:00", Verdict.LicenceExpired)]
    public void Verify_LastValidDay_EndsAtMidnightInChina(string utc, Verdict expected)
    {
        var day = new DateOnly(2028, 8, 15);
        var now = new DateTimeOffset(day, TimeOnly.Parse(utc, System.Globalization.CultureInfo.InvariantCulture), TimeSpan.Zero).ToUnixTimeSeconds();
        var situation = new Situation { LastValidDay = day.DayNumber - new DateOnly(1970, 1, 1).DayNumber };
        situation = situation with { Claims = situation.Claims with { IssuedAt = now, ExpiresAt = now + 90 } };

        Assert.That(situation.At(now).Verify().Verdict, Is.EqualTo(expected));
    }

    [Test]
    public void Verify_NoLastValidDay_IsValid() => Assert.That((new Situation { LastValidDay = null }).Verify().Verdict, Is.EqualTo(Verdict.Valid));

    [TestCase(60_000, false)]
    [TestCase(60_001, true)]
    public void Verify_AroundTheSoftLimit_IsStaleOnceItIsPassed(int ageMilliseconds, bool expected)
    {
        var answer = (new Situation { AsOf = (Start * 1000) - ageMilliseconds }).Verify();

        Assert.That((answer.Verdict, answer.Stale), Is.EqualTo((Verdict.Valid, expected)));
    }

    [TestCase(600_000, Verdict.Valid)]
    [TestCase(600_001, Verdict.Undetermined)]
    public void Verify_AroundTheHardLimit_IsUndeterminedOnceItIsPassed(int ageMilliseconds, Verdict expected) =>
        Assert.That((new Situation { AsOf = (Start * 1000) - ageMilliseconds }).Verify().Verdict, Is.EqualTo(expected));

    [TestCase(StatusReason.Revoked, Verdict.Revoked)]
    [TestCase(StatusReason.Cancelled, Verdict.Withdrawn)]
    public void Verify_EndedPastTheHardLimit_StaysEnded(StatusReason reason, Verdict expected)
    {
        var situation = new Situation { Status = LicenceStatus.Ended, Reason = reason, AsOf = (Start - 100_000) * 1000 };

        Assert.That(situation.Verify().Verdict, Is.EqualTo(expected));
    }

    [Test]
    public void Verify_EndedEntryOfAnotherLicencePastTheHardLimit_IsUndetermined()
    {
        var situation = new Situation { Status = LicenceStatus.Ended, Reason = StatusReason.Revoked, Tag = Situation.OtherTag, AsOf = (Start - 100_000) * 1000 };

        Assert.That(situation.Verify().Reason, Is.EqualTo(UndeterminedReason.Stale));
    }

    [TestCase(LicenceStatus.Ended, StatusReason.Revoked, Verdict.Revoked)]
    [TestCase(LicenceStatus.Ended, StatusReason.Cancelled, Verdict.Withdrawn)]
    [TestCase(LicenceStatus.Ended, StatusReason.Void, Verdict.Withdrawn)]
    [TestCase(LicenceStatus.Ended, StatusReason.TransferredOut, Verdict.Withdrawn)]
    [TestCase(LicenceStatus.Ended, StatusReason.Replaced, Verdict.Withdrawn)]
    [TestCase(LicenceStatus.Suspended, StatusReason.Suspended, Verdict.Suspended)]
    [TestCase(LicenceStatus.Suspended, StatusReason.Frozen, Verdict.Suspended)]
    [TestCase(LicenceStatus.NotActive, StatusReason.NotYetActive, Verdict.NotActive)]
    [TestCase(LicenceStatus.NotActive, StatusReason.SourceUnknown, Verdict.Undetermined)]
    public void Verify_StatusInTheIndex_DecidesTheVerdict(LicenceStatus status, StatusReason reason, Verdict expected) =>
        Assert.That((new Situation { Status = status, Reason = reason }).Verify().Verdict, Is.EqualTo(expected));

    [Test]
    public void Verify_SourceCannotTell_SaysSo() =>
        Assert.That((new Situation { Status = LicenceStatus.NotActive, Reason = StatusReason.SourceUnknown }).Verify().Reason, Is.EqualTo(UndeterminedReason.SourceUnknown));

    [TestCase(5_000, Verdict.LicenceUnknown)]
    [TestCase(5_001, Verdict.Undetermined)]
    public void Verify_UnknownEntryInOlderCopy_MayBeNotSeenYet(int milliseconds, Verdict expected) =>
        Assert.That((new Situation { Tag = EntryTag.None, AsOf = ((Start - 10) * 1000) - milliseconds }).Verify().Verdict, Is.EqualTo(expected));

    [Test]
    public void Verify_UnknownEntryAndCodeAheadOfTheClock_IsJudgedByTheClock()
    {
        var situation = new Situation { Tag = EntryTag.None, AsOf = (Start - 5) * 1000 };
        var claims = situation.Claims with { IssuedAt = Start + 20, ExpiresAt = Start + 110 };

        Assert.That((situation with { Claims = claims }).Verify().Verdict, Is.EqualTo(Verdict.LicenceUnknown));
    }

    // One bit in memory: never VALID where it is not, never "unknown" where it is known, and from then on nothing is said.
    [TestCase("tag", LicenceStatus.InForce, StatusReason.None)]
    [TestCase("tag", LicenceStatus.Ended, StatusReason.Revoked)]
    [TestCase("status", LicenceStatus.InForce, StatusReason.None)]
    [TestCase("status", LicenceStatus.Ended, StatusReason.Revoked)]
    public void Verify_MemoryDamaged_IsUndetermined(string what, LicenceStatus status, StatusReason reason)
    {
        var situation = new Situation { Status = status, Reason = reason };
        var data = situation.Data();
        Damage.Flip(data.Index.Find(situation.Claims.Region)!, situation.Claims.List, situation.Claims.Index, what);

        for (var i = 0; i < 2; i++)
        {
            var answer = new LicenceVerifier(new LibrarySignatureVerifier(), situation.Rules).Verify(data, situation.Question());
            Assert.That((answer.Verdict, answer.Reason, answer.TagMismatch), Is.EqualTo((Verdict.Undetermined, UndeterminedReason.NoStatus, false)));
        }
    }

    [Test]
    public void Verify_ListBeyondTheIndex_IsUnknown()
    {
        var situation = new Situation { Tag = Situation.OtherTag };

        Assert.That((situation with { Claims = situation.Claims with { List = 65_535 } }).Verify().Verdict, Is.EqualTo(Verdict.LicenceUnknown));
    }

    [Test]
    public void Verify_TagOfAnotherLicence_RaisesTheAlarm() => Assert.That((new Situation { Tag = Situation.OtherTag }).Verify().TagMismatch);

    [Test]
    public void Verify_TagOfAnotherLicenceUnderABadSignature_RaisesNoAlarm()
    {
        var signature = Flaw.InOrder.Single(f => f.Verdict == Verdict.BadSignature);

        Assert.That(signature.Apply(new Situation { Tag = Situation.OtherTag }).Verify().TagMismatch, Is.False);
    }

    [TestCase(630, Verdict.Expired)]
    [TestCase(631, Verdict.KeyNotValid)]
    public void Verify_AfterTheKeysEnd_KeyVerifiesForItsGrace(int afterEnd, Verdict expected)
    {
        var situation = new Situation().WithKey(k => k with { NotAfter = Start });

        Assert.That(situation.At(Start + afterEnd).Verify().Verdict, Is.EqualTo(expected));
    }

    [TestCase(630, Verdict.Expired)]
    [TestCase(631, Verdict.KeyNotValid)]
    public void Verify_AfterTheKeyWasRetired_KeyVerifiesForItsGrace(int afterEnd, Verdict expected)
    {
        var situation = new Situation().WithKey(k => k with { RetiredAt = Start });

        Assert.That(situation.At(Start + afterEnd).Verify().Verdict, Is.EqualTo(expected));
    }

    [TestCase(0, Verdict.Valid)]
    [TestCase(1, Verdict.KeyNotValid)]
    public void Verify_IssuedAroundTheKeysEnd_MustLieWithin(int after, Verdict expected)
    {
        var situation = new Situation().WithKey(k => k with { RetiredAt = Start - 10 });

        Assert.That((situation with { Claims = situation.Claims with { IssuedAt = Start - 10 + after } }).Verify().Verdict, Is.EqualTo(expected));
    }

    [TestCase(0, Verdict.Valid)]
    [TestCase(1, Verdict.KeyNotValid)]
    public void Verify_IssuedAroundTheKeysBeginning_MustLieWithin(int before, Verdict expected)
    {
        var situation = new Situation().WithKey(k => k with { NotBefore = Start - 10 });

        Assert.That((situation with { Claims = situation.Claims with { IssuedAt = Start - 10 - before } }).Verify().Verdict, Is.EqualTo(expected));
    }

    [Test]
    public void Verify_KeyCompromised_IsRefusedWheneverTheCodeWasMade() =>
        Assert.That(new Situation().WithKey(k => k with { CompromisedAt = Start + 1_000 }).Verify().Verdict, Is.EqualTo(Verdict.KeyNotValid));

    [TestCase(KeyUse.Index)]
    [TestCase(KeyUse.Receipt)]
    public void Verify_SignedByTheRegionsKeyOfAnotherUse_IsUnknown(KeyUse use) =>
        Assert.That(new Situation { Keys = [TestFederation.Key(TestKeys.Sm2, use)] }.Verify().Verdict, Is.EqualTo(Verdict.UnknownKey));

    [Test]
    public void Verify_SignedByAnotherRegionsCodeKey_IsUnknown() => Assert.That(
        new Situation { Keys = [], Others = [TestFederation.Region(TestFederation.Tianjin, Situation.Key(TestKeys.Sm2))] }.Verify().Verdict, Is.EqualTo(Verdict.UnknownKey));

    [TestCase(1, 1, 90, Verdict.Valid)]
    [TestCase(1, 1, 91, Verdict.LifetimeNotAllowed)]
    [TestCase(1, 6, 300, Verdict.Valid)]
    [TestCase(1, 6, 301, Verdict.LifetimeNotAllowed)]
    [TestCase(1, 1, 0, Verdict.LifetimeNotAllowed)]
    [TestCase(1, 1, -1, Verdict.LifetimeNotAllowed)]
    [TestCase(9_999, 200, 600, Verdict.NotRecognised)]
    [TestCase(9_999, 200, 601, Verdict.LifetimeNotAllowed)]
    public void Verify_Life_IsBoundByTypeAndScenarioAndSixHundredSeconds(int type, int scenario, int life, Verdict expected)
    {
        var situation = new Situation();
        var claims = situation.Claims with { LicenceType = type, Scenario = scenario, ExpiresAt = situation.Claims.IssuedAt + life };

        Assert.That((situation with { Claims = claims }).Verify().Verdict, Is.EqualTo(expected));
    }

    [Test]
    public void Verify_SpecimenInDevelopment_IsValid()
    {
        var situation = new Situation { Rules = new VerifyingRules { AllowSpecimens = true } };

        Assert.That((situation with { Claims = situation.Claims with { Specimen = true } }).Verify().Verdict, Is.EqualTo(Verdict.Valid));
    }

    [Test]
    public void Verify_UnknownScenarioInTheCode_IsAMismatch()
    {
        var situation = new Situation();

        Assert.That((situation with { Claims = situation.Claims with { Scenario = 200 } }).Verify().Verdict, Is.EqualTo(Verdict.ScenarioMismatch));
    }

    [Test]
    public void Verify_CodesOwnScenarioAsked_IsValid() => Assert.That((new Situation { Asked = "counter-check" }).Verify().Verdict, Is.EqualTo(Verdict.Valid));

    [Test]
    public void Verify_UnknownKeyAndReReadOverdue_IsUndetermined()
    {
        var answer = (new Situation { Keys = [], Freshness = new TrustFreshness(false, false, true) }).Verify();

        Assert.That((answer.Verdict, answer.Reason), Is.EqualTo((Verdict.Undetermined, UndeterminedReason.TrustStale)));
    }

    [Test]
    public void Verify_KnownKeyAndReReadOverdue_IsValid() =>
        Assert.That((new Situation { Freshness = new TrustFreshness(false, false, true) }).Verify().Verdict, Is.EqualTo(Verdict.Valid));

    [Test]
    public void Verify_TrustListExpired_IsValidAndSaysSo()
    {
        var answer = (new Situation { Freshness = new TrustFreshness(true, false, false) }).Verify();

        Assert.That((answer.Verdict, answer.TrustStale), Is.EqualTo((Verdict.Valid, true)));
    }

    [TestCase(1, true)]
    [TestCase(6, false)]
    public void Verify_ValidCode_SaysWhetherUseMustBeClaimed(int scenario, bool expected)
    {
        var situation = new Situation();

        Assert.That((situation with { Claims = situation.Claims with { Scenario = scenario } }).Verify().UseRequired, Is.EqualTo(expected));
    }

    [Test]
    public void Verify_SecondOfTwoKeysWithOneIdSigned_IsValid()
    {
        var situation = new Situation { Signer = CollidingKeys.Second };

        Assert.That((situation with { Keys = [Situation.Key(CollidingKeys.First), Situation.Key(CollidingKeys.Second)] }).Verify().Verdict, Is.EqualTo(Verdict.Valid));
    }

    [Test]
    public void Verify_FirstOfTwoKeysWithOneIdSigned_IsValid()
    {
        var situation = new Situation { Signer = CollidingKeys.First };

        Assert.That((situation with { Keys = [Situation.Key(CollidingKeys.First), Situation.Key(CollidingKeys.Second)] }).Verify().Verdict, Is.EqualTo(Verdict.Valid));
    }

    [Test]
    public void Verify_SigningKeyOverButOneOfItsIdGood_IsABadSignature()
    {
        var situation = new Situation { Signer = CollidingKeys.Second };
        var over = Situation.Key(CollidingKeys.Second) with { CompromisedAt = 0 };

        Assert.That((situation with { Keys = [over, Situation.Key(CollidingKeys.First)] }).Verify().Verdict, Is.EqualTo(Verdict.BadSignature));
    }

    [Test]
    public void Verify_TypesOfTheKeyThatSigned_Decide()
    {
        var situation = new Situation { Signer = CollidingKeys.Second };
        var limited = Situation.Key(CollidingKeys.Second) with { Types = [11] };

        Assert.That((situation with { Keys = [Situation.Key(CollidingKeys.First), limited] }).Verify().Verdict, Is.EqualTo(Verdict.KeyNotAllowed));
    }

    [Test]
    public void CollidingKeys_Ids_AreEqual() => Assert.That(CollidingKeys.First.PublicKey.Id, Is.EqualTo(CollidingKeys.Second.PublicKey.Id));

    [TestCase(SignatureAlgorithm.Sm2)]
    [TestCase(SignatureAlgorithm.Esp256)]
    public void VerifyMany_EverySingleBitFlipped_IsNeverValid(SignatureAlgorithm algorithm)
    {
        var situation = new Situation { Signer = TestKeys.Of(algorithm) };
        var message = PresentationEncoder.Encode(situation.Claims, situation.Display, situation.Signer);
        var questions = Enumerable.Range(0, message.Length * 8).Select(bit => situation.Question(PresentationText.Write(Flip(message, bit)))).ToArray();
        var answers = new VerificationAnswer[questions.Length];

        Verifier(situation).VerifyMany(situation.Data(), questions, answers);

        Assert.That(answers.Where(a => a.Verdict is Verdict.Valid or Verdict.None || a.SignatureHolds), Is.Empty);
    }

    [Test]
    public void VerifyMany_MixedBatch_AnswersAsOneByOne()
    {
        var situation = new Situation();
        string[] texts =
        [
            situation.Text,
            "",
            (situation with { Signer = TestKeys.P256 }).Text,
            Flaw.InOrder.Single(f => f.Verdict == Verdict.BadSignature).Apply(situation).Text,
            situation.Text[..100],
            (situation with { Claims = situation.Claims with { Scenario = 6 } }).Text,
            (situation with { Claims = situation.Claims with { Index = 1 } }).Text,
            (situation with { Claims = situation.Claims with { ExpiresAt = Start - 31, IssuedAt = Start - 100 } }).Text,
            situation.Text,
        ];
        var questions = texts.Select(situation.Question).ToArray();
        var data = situation.Data();
        var batch = new VerificationAnswer[questions.Length];

        Verifier(situation).VerifyMany(data, questions, batch);

        var single = questions.Select(q => Verifier(situation).Verify(data, q)).ToArray();
        Assert.That(batch.Select(Essence), Is.EqualTo(single.Select(Essence)));
    }

    [Test]
    public void VerifyMany_AnyNumber_AnswersEachAtItsPlace([Values(1, 2, 17, 63, 64, 65, 200)] int count)
    {
        var situation = new Situation();
        string[] texts = [situation.Text, "", situation.Text[..100], (situation with { Claims = situation.Claims with { Index = 1 } }).Text];
        var questions = Enumerable.Range(0, count).Select(i => situation.Question(texts[i % texts.Length])).ToArray();
        var answers = new VerificationAnswer[count];

        new LicenceVerifier(new TableSignatureVerifier(), situation.Rules).VerifyMany(situation.Data(), questions, answers);

        Verdict[] expected = [Verdict.Valid, Verdict.Malformed, Verdict.Truncated, Verdict.LicenceUnknown];
        Assert.That(answers.Select(a => a.Verdict), Is.EqualTo(Enumerable.Range(0, count).Select(i => expected[i % expected.Length])));
    }

    [Test]
    public void VerifyMany_OtherCodesAfterwards_LeaveAnAnswerAsItWas()
    {
        var situation = new Situation();
        var verifier = Verifier(situation);
        var answer = verifier.Verify(situation.Data(), situation.Question());

        verifier.Verify(situation.Data(), (situation with { LastValidDay = null, Claims = situation.Claims with { Index = 1 } }).Question());

        Assert.That((answer.Code.ReadDisplay(), answer.Code.Claims), Is.EqualTo((situation.Display, situation.Claims)));
    }

    [Test]
    public void VerifyMany_Empty_AnswersNothing() =>
        Assert.That(() => Verifier(new Situation()).VerifyMany(new Situation().Data(), [], []), Throws.Nothing);

    [Test]
    public void VerifyMany_TooFewPlaces_Throws() =>
        Assert.That(
            () => Verifier(new Situation()).VerifyMany(new Situation().Data(), [new Situation().Question()], []),
            Throws.InstanceOf<ArgumentException>());

    private static LicenceVerifier Verifier(Situation situation) => new(new LibrarySignatureVerifier(), situation.Rules);

    private static (Verdict, UndeterminedReason, bool, bool, long) Essence(VerificationAnswer a) => (a.Verdict, a.Reason, a.SignatureHolds, a.TagMismatch, a.AsOfMilliseconds);

    private static byte[] Flip(byte[] message, int bit)
    {
        var flipped = message.ToArray();
        flipped[bit / 8] ^= (byte)(1 << (bit % 8));
        return flipped;
    }
}
