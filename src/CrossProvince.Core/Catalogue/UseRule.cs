namespace CrossProvince.Core.Catalogue;

/// <summary>How often one showing may be used (docs/payload.md, "Single use").</summary>
public enum UseRule
{
    /// <summary>As often as wanted while its codes live. JSON: <c>many</c>.</summary>
    Many = 0,

    /// <summary>By one owner in each region. JSON: <c>once-per-region</c>.</summary>
    OncePerRegion = 1,

    /// <summary>By one owner; consumed at the issuer. JSON: <c>once-everywhere</c>.</summary>
    OnceEverywhere = 2,
}
