using CrossProvince.Core.Signatures;
using CrossProvince.Core.Verification;
using Org.BouncyCastle.Math;
using static CrossProvince.Core.Tests.Vectors.CodeParts;

namespace CrossProvince.Core.Tests.Vectors;

/// <summary>Steps 3 to 6: keys, signatures and times.</summary>
internal static class KeyVectors
{
    private const long Now = VectorWorld.Now;

    internal static IReadOnlyList<CodeVector> All { get; } =
    [
        new("valid-sm2", Verdict.Valid, "A good code signed with SM2; its scenario allows one use in each region, which is still to be claimed.") { UseRequired = true },
        new("valid-esp256", Verdict.Valid, "The same signed with ESP256.") { Key = "beijing-code-p256", UseRequired = true },
        new("valid-high-s", Verdict.Valid, "ESP256 with n - s for s: signatures that differ so are both good.") { Key = "beijing-code-p256", Damage = Signature(Negate), UseRequired = true },
        new("valid-longest", Verdict.Valid, "The longest display, 54 bytes.") { Licence = "longest", UseRequired = true },
        new("valid-shortest", Verdict.Valid, "The shortest display: empty texts, no last day, no other text.") { Licence = "shortest", UseRequired = true },
        new("valid-other-list", Verdict.Valid, "A licence in the second chunk of the second list.") { Licence = "far", UseRequired = true },
        new("valid-twin-1", Verdict.Valid, "Two keys of the region have this key id; the first signed.") { Key = "beijing-twin-1", UseRequired = true },
        new("valid-twin-2", Verdict.Valid, "Two keys of the region have this key id; the second signed.") { Key = "beijing-twin-2", UseRequired = true },
        new("valid-newer-trust-list", Verdict.Valid, "The trust list has map keys that this version does not know: they are ignored.") { TrustList = "newer", UseRequired = true },
        new("valid-retired-key", Verdict.Valid, "The key was retired after it signed, less than 630 s ago.")
        {
            Key = "beijing-code-retired", Claims = c => c with { IssuedAt = Now - 60, ExpiresAt = Now + 30 }, UseRequired = true,
        },
        new("valid-key-for-type", Verdict.Valid, "A key for business licences only signed one.") { Key = "beijing-code-business", Licence = "company", UseRequired = true },

        new("clock-behind", Verdict.Undetermined, "The system clock is behind signed times by more than the skew.") { ClockBehind = true, Reason = UndeterminedReason.Clock },
        new("clock-behind-and-no-code", Verdict.Malformed, "Steps 1 and 2 need no clock.") { ClockBehind = true, Scanning = _ => "CP1AAAA" },
        new("trust-list-expired", Verdict.Valid, "The trust list expired a second ago: used, and said to be stale.") { TrustList = "expired", TrustStale = true, UseRequired = true },
        new("trust-list-last-second", Verdict.Valid, "The last second of its seven days of grace.") { TrustList = "nearly-too-old", TrustStale = true, UseRequired = true },
        new("trust-list-too-old", Verdict.Undetermined, "Seven days past its end.") { TrustList = "too-old", Reason = UndeterminedReason.TrustStale, TrustStale = true },

        new("key-of-nobody", Verdict.UnknownKey, "A key that stands in no list.") { Key = "nobody" },
        new("key-of-another-region", Verdict.UnknownKey, "Tianjin's code key signs for Beijing.") { Key = "tianjin-code" },
        new("key-for-the-index", Verdict.UnknownKey, "The region's index key signs a code: a key has one use.") { Key = "beijing-index" },
        new("key-for-receipts", Verdict.UnknownKey, "The region's receipt key signs a code.") { Key = "beijing-receipt" },
        new("region-unknown", Verdict.UnknownKey, "The region is not in the trust list.") { Damage = Payload(RegionAt, 6, "333130303030") },
        new("key-unknown-list-not-read", Verdict.Undetermined, "An unknown key while the list could not be read again for more than five intervals of 60 s: it may only be unknown here.")
        {
            Key = "nobody", TrustReadAgo = 301, Reason = UndeterminedReason.TrustStale,
        },
        new("key-unknown-list-read", Verdict.UnknownKey, "Five intervals exactly are not too long.") { Key = "nobody", TrustReadAgo = 300 },
        new("key-known-list-not-read", Verdict.Valid, "A known key is good though the list could not be read again.") { TrustReadAgo = 100_000, UseRequired = true },
        new("key-compromised", Verdict.KeyNotValid, "The key is compromised: nothing it signed is accepted, whenever it was signed.") { Key = "beijing-code-compromised", Claims = c => c with { IssuedAt = Now - 60, ExpiresAt = Now + 30 } },
        new("key-over", Verdict.KeyNotValid, "631 s after it was retired a key verifies nothing.") { Key = "beijing-code-over" },
        new("key-not-yet", Verdict.KeyNotValid, "A key before its time.") { Key = "beijing-code-next" },
        new("key-retired-before-issue", Verdict.KeyNotValid, "The key still verifies, but the code was issued after it was retired.") { Key = "beijing-code-retired", SignatureHolds = true },

        new("signature-last-bit", Verdict.BadSignature, "One bit of s.") { Damage = Signature(s => Flip(s, 63)) },
        new("signature-first-bit", Verdict.BadSignature, "One bit of r.") { Damage = Signature(s => Flip(s, 0)) },
        new("signature-over-other-claims", Verdict.BadSignature, "One bit of the entry's number, and the signature as it was.") { Damage = message => Flip(message, 19 + IndexAt) },
        new("signature-of-esp256-wrong", Verdict.BadSignature, "One bit of s, ESP256.") { Key = "beijing-code-p256", Damage = Signature(s => Flip(s, 63)) },
        new("signature-other-aad", Verdict.BadSignature, "Signed as a head (external_aad CP1-HEAD): nothing signed for another purpose passes for a code.") { Damage = message => UnderAad(message, "CP1-HEAD") },
        new("signature-no-aad", Verdict.BadSignature, "Signed without external_aad.") { Damage = message => UnderAad(message, "") },
        new("signature-other-identity", Verdict.BadSignature, "SM2 with the identity ALICE123@YAHOO.COM in ZA.") { Damage = message => UnderIdentity(message, "ALICE123@YAHOO.COM") },
        new("signature-no-identity", Verdict.BadSignature, "SM2 with an empty identity, as OpenSSL before 4.0 has it by itself.") { Damage = message => UnderIdentity(message, "") },
        new("signature-r-zero", Verdict.BadSignature, "r is 0.") { Damage = Signature(s => [.. new byte[32], .. s[32..]]) },
        new("signature-s-zero", Verdict.BadSignature, "s is 0.") { Damage = Signature(s => [.. s[..32], .. new byte[32]]) },
        new("signature-s-order", Verdict.BadSignature, "s is n.") { Damage = Signature(s => [.. s[..32], .. Curves.Sm2.N.ToByteArrayUnsigned()]) },
        new("signature-sum-zero", Verdict.BadSignature, "SM2 with r + s = n.") { Damage = Signature(s => [.. s[..32], .. Bytes(Curves.Sm2.N.Subtract(new BigInteger(1, s[..32])))]) },
        new("signature-other-algorithm", Verdict.BadSignature, "The header says ESP256, and the key is one of SM2.") { Damage = OtherAlgorithm },

        new("key-not-for-type", Verdict.KeyNotAllowed, "A key for business licences only signed an identity card's code.") { Key = "beijing-code-business" },
        new("life-too-long", Verdict.LifetimeNotAllowed, "91 s where the scenario allows 90.") { Claims = c => c with { ExpiresAt = c.IssuedAt + 91 } },
        new("life-of-type-too-long", Verdict.LifetimeNotAllowed, "61 s where the type allows 60.") { Licence = "permit", Claims = c => c with { ExpiresAt = c.IssuedAt + 61 } },
        new("life-of-type", Verdict.Valid, "60 s where the type allows 60.") { Licence = "permit", Claims = c => c with { ExpiresAt = c.IssuedAt + 60 }, UseRequired = true },
        new("life-of-any-code", Verdict.LifetimeNotAllowed, "601 s of an unknown type for an unknown scenario: no code lives longer than 600 s.")
        {
            Claims = c => c with { LicenceType = 77, Scenario = 77, ExpiresAt = c.IssuedAt + 601 },
        },
        new("life-none", Verdict.LifetimeNotAllowed, "Expires when it is issued.") { Claims = c => c with { ExpiresAt = c.IssuedAt } },
        new("issued-ahead", Verdict.Valid, "Issued 30 s ahead of the clock, which is forgiven.") { Claims = c => c with { IssuedAt = Now + 30, ExpiresAt = Now + 120 }, UseRequired = true },
        new("issued-in-the-future", Verdict.NotYetValid, "Issued 31 s ahead of the clock.") { Claims = c => c with { IssuedAt = Now + 31, ExpiresAt = Now + 121 } },
        new("expired-within-skew", Verdict.Valid, "Expired 29 s ago, which is forgiven.") { Claims = c => c with { IssuedAt = Now - 119, ExpiresAt = Now - 29 }, UseRequired = true },
        new("expired", Verdict.Expired, "Expired 30 s ago.") { Claims = c => c with { IssuedAt = Now - 120, ExpiresAt = Now - 30 } },
        new("expired-offline-within-skew", Verdict.Valid, "Without a node 120 s are forgiven: expired 119 s ago.") { Rules = "offline", Claims = c => c with { IssuedAt = Now - 209, ExpiresAt = Now - 119 }, UseRequired = true },
        new("expired-offline", Verdict.Expired, "Expired 120 s ago.") { Rules = "offline", Claims = c => c with { IssuedAt = Now - 210, ExpiresAt = Now - 120 } },
    ];

    private static byte[] Negate(byte[] signature) => [.. signature[..32], .. Bytes(Curves.P256.N.Subtract(new BigInteger(1, signature[32..])))];

    private static byte[] Bytes(BigInteger number) => Convert.FromHexString(Convert.ToHexString(number.ToByteArrayUnsigned()).PadLeft(64, '0'));

    private static byte[] OtherAlgorithm(byte[] message) => [.. message[..2], 0x49, 0xA2, 0x01, 0x28, .. message[10..]];
}
