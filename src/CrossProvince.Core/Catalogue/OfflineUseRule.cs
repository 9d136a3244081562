namespace CrossProvince.Core.Catalogue;

/// <summary>What a single-use scenario allows to who cannot ask: a verifier that reaches no node, and, for a use that is consumed at the issuer, a region whose node does not reach the issuer.</summary>
public enum OfflineUseRule
{
    /// <summary>It may use a showing that it has not itself seen used; two that cannot ask may both use it. JSON: <c>local</c>.</summary>
    Local = 0,

    /// <summary>It can't decide. JSON: <c>none</c>.</summary>
    None = 1,
}
