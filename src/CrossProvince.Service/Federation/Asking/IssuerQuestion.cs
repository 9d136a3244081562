namespace CrossProvince.Service.Federation.Asking;

/// <summary>What the issuing region is asked about a code.</summary>
internal enum IssuerQuestion
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>The verdict: this node has no usable copy of the region's index.</summary>
    Verify,

    /// <summary>To consume the showing.</summary>
    Redeem,

    /// <summary>The fields that the scenario grants; consumes the showing as well where it may be used once everywhere.</summary>
    Disclose,
}
