namespace CrossProvince.Core.Catalogue;

/// <summary>What a single-use scenario allows to a verifier that reaches no node.</summary>
public enum OfflineUseRule
{
    /// <summary>It may use a showing that it has not itself seen used. JSON: <c>local</c>.</summary>
    Local = 0,

    /// <summary>It can't decide. JSON: <c>none</c>.</summary>
    None = 1,
}
