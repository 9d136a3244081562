namespace CrossProvince.Service.Verifying;

/// <summary>What a call wants of its scans beside the verdict.</summary>
internal enum ScanDemand
{
    /// <summary>Nothing more: from whoever may verify.</summary>
    Verify,

    /// <summary>That the showing is consumed here, at its issuer: from another region's node.</summary>
    Redeem,

    /// <summary>The full fields that the scenario grants, and that the showing is consumed where it may be used once everywhere: from another region's node.</summary>
    Disclose,
}
