using CrossProvince.Core.Catalogue;
using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Presentation;
using CrossProvince.Core.Signatures;
using CrossProvince.Core.Status;
using CrossProvince.Core.Tests.Catalogue;
using CrossProvince.Core.Tests.Signatures;
using CrossProvince.Core.Tests.Trust;
using CrossProvince.Core.Trust;
using CrossProvince.Core.Verification;

namespace CrossProvince.Core.Tests.Verification;

/// <summary>A code of Beijing scanned in Tianjin and all that its verdict depends on; as it stands the verdict is VALID.</summary>
internal sealed record Situation
{
    internal const long Start = TestFederation.Now;
    internal const int Today = (int)((Start + 28_800) / 86_400);

    private const int List = 3;
    private const int Index = 70_000;

    private static readonly LicenceIndex s_noIndex = new();

    internal static LicenceCatalogue Catalogue { get; } = CatalogueFiles.ParseShipped();

    internal static VerifierRights AllScenarios { get; } = new(true, Catalogue.Scenarios.Select(s => s.Id).ToHashSet());

    internal static EntryTag OtherTag { get; } = new(0x0102030405060708);

    internal PresentationClaims Claims { get; init; } = new()
    {
        Region = TestFederation.Beijing,
        IssuedAt = Start - 10,
        ExpiresAt = Start + 80,
        Showing = new ShowingId(0x0123456789AB),
        LicenceType = 1,
        Scenario = 1,
        List = List,
        Index = Index,
    };

    internal int? LastValidDay { get; init; } = Today + 100;

    internal ISigner Signer { get; init; } = TestKeys.Sm2;

    /// <summary>What happens to the bytes on the way.</summary>
    internal Func<byte[], byte[]> Damage { get; init; } = message => message;

    /// <summary>What happens to the text on the way.</summary>
    internal Func<string, string> Scanning { get; init; } = text => text;

    /// <summary>The keys that the trust list names for Beijing; null is the signer's.</summary>
    internal IReadOnlyList<TrustedKey>? Keys { get; init; }

    /// <summary>Other regions of the trust list.</summary>
    internal IReadOnlyList<TrustedRegion> Others { get; init; } = [];

    internal TrustFreshness Freshness { get; init; }

    /// <summary>Unix milliseconds.</summary>
    internal long Now { get; init; } = Start * 1000;

    internal bool ClockBehind { get; init; }

    internal RegionCode Recognising { get; init; } = TestFederation.Tianjin;

    internal VerifierRights Rights { get; init; } = AllScenarios;

    internal string? Asked { get; init; }

    internal VerifyingRules Rules { get; init; } = new();

    /// <summary>Unix milliseconds of the index copy; null is no copy.</summary>
    internal long? AsOf { get; init; } = (Start * 1000) - 1000;

    internal LicenceStatus Status { get; init; }

    internal StatusReason Reason { get; init; }

    /// <summary>The tag in the index; null is the licence's own.</summary>
    internal EntryTag? Tag { get; init; }

    internal Display Display => Display.Fit("王*明", "1****************X", LastValidDay, null);

    internal string Text => Scanning(PresentationText.Write(Damage(PresentationEncoder.Encode(Claims, Display, Signer))));

    internal static TrustedKey Key(ISigner signer) => TestFederation.Key(signer, KeyUse.Code);

    /// <summary>Changes the key of the trust list.</summary>
    internal Situation WithKey(Func<TrustedKey, TrustedKey> change) => this with { Keys = [.. (Keys ?? [Key(Signer)]).Select(change)] };

    internal Situation At(long unixSeconds) => this with { Now = unixSeconds * 1000, AsOf = AsOf is null ? null : (unixSeconds * 1000) - 1000 };

    internal VerificationAnswer Verify() => new LicenceVerifier(new LibrarySignatureVerifier(), Rules).Verify(Data(), Question());

    internal VerificationQuestion Question() => Question(Text);

    internal VerificationQuestion Question(string text) => new(text.AsMemory(), Asked is null ? null : Catalogue.FindScenario(Asked), Recognising, Rights);

    internal VerificationData Data() => new()
    {
        Trust = TestFederation.ListOf([TestFederation.Region(TestFederation.Beijing, [.. Keys ?? [Key(Signer)]]), .. Others]),
        TrustFreshness = Freshness,
        Catalogue = Catalogue,
        Index = AsOf is { } asOf ? MakeIndex(asOf) : s_noIndex,
        Time = new TrustedTime(Now, ClockBehind),
    };

    private LicenceIndex MakeIndex(long asOf)
    {
        var index = new LicenceIndex();
        var region = index.GetOrAdd(TestFederation.Beijing, 8);
        var tag = Tag ?? EntryTag.Compute(Claims.Region, Claims.List, Claims.Index, Claims.LicenceType, Display.Encode());
        if (tag != EntryTag.None)
        {
            region.Apply(new StatusChange(1, asOf, List, Index, Status, tag, Reason));
        }

        region.Publish(asOf);
        return index;
    }
}
