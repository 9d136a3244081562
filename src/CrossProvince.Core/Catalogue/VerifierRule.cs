namespace CrossProvince.Core.Catalogue;

/// <summary>Who may verify for a scenario.</summary>
public enum VerifierRule
{
    /// <summary>Organisations whose partner entry names the scenario. JSON: <c>listed</c>.</summary>
    Listed = 0,

    /// <summary>Every organisation with an identity. JSON: <c>any-organisation</c>.</summary>
    AnyOrganisation = 1,

    /// <summary>Everyone, holders too. JSON: <c>anyone</c>.</summary>
    Anyone = 2,
}
