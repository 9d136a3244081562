using CrossProvince.Core.Catalogue;
using CrossProvince.Core.Identifiers;

namespace CrossProvince.Core.Verification;

/// <summary>One scan to be judged.</summary>
/// <param name="Text">What the scanner read.</param>
/// <param name="Scenario">The scenario asked for; null means the code's own.</param>
/// <param name="RecognisingRegion">The region for whose counter the answer is.</param>
/// <param name="Verifier">What the verifier may do.</param>
public readonly record struct VerificationQuestion(
    ReadOnlyMemory<char> Text,
    Scenario? Scenario,
    RegionCode RecognisingRegion,
    VerifierRights Verifier);
