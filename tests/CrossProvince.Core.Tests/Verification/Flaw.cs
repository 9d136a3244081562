using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Status;
using CrossProvince.Core.Verification;

namespace CrossProvince.Core.Tests.Verification;

/// <summary>One thing that is wrong, and the answer to it.</summary>
internal sealed record Flaw(string Name, Verdict Verdict, Func<Situation, Situation> Apply, UndeterminedReason Reason = UndeterminedReason.None)
{
    private const long Start = Situation.Start;

    // Byte 55 begins the presentation; 87 characters end before it and after the number of the code.
    /// <summary>One flaw or more of each step, in the order in which the steps are made (docs/payload.md).</summary>
    internal static IReadOnlyList<Flaw> InOrder { get; } =
    [
        new("1 two codes", Verdict.Malformed, s => s with { Scanning = text => s.Scanning(text) + (s with { Claims = s.Claims with { CodeNumber = 9 }, Damage = m => m, Scanning = t => t }).Text }),
        new("1 cut short", Verdict.Truncated, s => s with { Scanning = text => s.Scanning(text)[..87] }),
        new("2 shape", Verdict.Malformed, s => s with { Damage = message => With(s.Damage(message), 55, 0x87) }),
        new("clock", Verdict.Undetermined, s => s with { ClockBehind = true }, UndeterminedReason.Clock),
        new("trust list too old", Verdict.Undetermined, s => s with { Freshness = new TrustFreshness(true, true, false) }, UndeterminedReason.TrustStale),
        new("3 unknown key", Verdict.UnknownKey, s => s with { Keys = [] }),
        new("3 key over", Verdict.KeyNotValid, s => s.WithKey(k => k with { RetiredAt = Start - 631 })),
        new("4 signature", Verdict.BadSignature, s => s with { Damage = message => With(s.Damage(message), message.Length - 1, (byte)(message[^1] ^ 1)) }),
        new("5 key's types", Verdict.KeyNotAllowed, s => s.WithKey(k => k with { Types = [2, 3] })),
        new("6 made after the key ended", Verdict.KeyNotValid, s => s.WithKey(k => k with { RetiredAt = Start - 300 })),
        new("6 life", Verdict.LifetimeNotAllowed, s => s with { Claims = s.Claims with { ExpiresAt = s.Claims.IssuedAt + 91 } }),
        new("6 future", Verdict.NotYetValid, s => s with { Claims = s.Claims with { IssuedAt = Start + 31, ExpiresAt = Start + 121 } }),
        new("6 expired", Verdict.Expired, s => s with { Claims = s.Claims with { IssuedAt = Start - 200, ExpiresAt = Start - 110 } }),
        new("7 recognition", Verdict.NotRecognised, s => s with { Recognising = new RegionCode(310000) }),
        new("7 specimen", Verdict.Specimen, s => s with { Claims = s.Claims with { Specimen = true } }),
        new("8 verifier", Verdict.VerifierNotAllowed, s => s with { Rights = VerifierRights.Person }),
        new("8 scenario", Verdict.ScenarioMismatch, s => s with { Asked = "enterprise-registration" }),
        new("9 last day", Verdict.LicenceExpired, s => s with { LastValidDay = Situation.Today - 1 }),
        new("10 no copy", Verdict.Undetermined, s => s with { AsOf = null }, UndeterminedReason.NoStatus),
        new("10 hard limit", Verdict.Undetermined, s => s with { AsOf = s.AsOf is null ? null : (Start - 601) * 1000 }, UndeterminedReason.Stale),
        new("10 tag", Verdict.LicenceUnknown, s => s with { Tag = Situation.OtherTag }),
        new("10 suspended", Verdict.Suspended, s => s with { Status = LicenceStatus.Suspended, Reason = StatusReason.Suspended }),
    ];

    public override string ToString() => Name;

    private static byte[] With(byte[] message, int position, byte value)
    {
        message[position] = value;
        return message;
    }
}
