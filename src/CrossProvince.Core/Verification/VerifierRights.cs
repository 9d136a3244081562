using CrossProvince.Core.Catalogue;

namespace CrossProvince.Core.Verification;

/// <summary>Which scenarios a verifier may use.</summary>
/// <param name="IsOrganisation">False for a natural person, who may use only what is open to anyone.</param>
/// <param name="Scenarios">Ids named in the verifier's partner entry; null when it names none.</param>
public sealed record VerifierRights(bool IsOrganisation, IReadOnlySet<string>? Scenarios)
{
    /// <summary>Numbers of the licence types that it may verify; null means all.</summary>
    public IReadOnlySet<int>? Types { get; init; }

    /// <summary>A partner region's node: its own region answers for what its organisations may do.</summary>
    public static VerifierRights Node { get; } = new(true, null) { IsNode = true };

    /// <summary>A natural person.</summary>
    public static VerifierRights Person { get; } = new(false, null);

    /// <summary>Whether a region's node asks, for organisations that its own region has admitted.</summary>
    public bool IsNode { get; private init; }

    /// <summary>Whether it may verify licences of a type.</summary>
    /// <param name="type">The type's number.</param>
    public bool MayVerify(int type) => Types is null || Types.Contains(type);

    /// <summary>Whether the scenario is open to this verifier.</summary>
    public bool MayUse(Scenario scenario) => scenario.Verifiers switch
    {
        VerifierRule.Anyone => true,
        _ when IsNode => true,
        VerifierRule.AnyOrganisation => IsOrganisation && (Scenarios is null || Scenarios.Contains(scenario.Id)),
        _ => IsOrganisation && Scenarios is not null && Scenarios.Contains(scenario.Id),
    };
}
