namespace CrossProvince.Service.Federation.Trusting;

/// <summary>Where a trust list came from. None is believed more than another: its signatures count.</summary>
internal enum TrustOrigin
{
    /// <summary><c>Trust:List</c>.</summary>
    File,

    /// <summary><c>Trust:Url</c>.</summary>
    Url,

    /// <summary>Another region's node.</summary>
    Partner,

    /// <summary>Another node of this region, by the database.</summary>
    Database,
}

/// <summary>What became of a trust list that came.</summary>
internal enum TrustTaking
{
    /// <summary>It is in use now.</summary>
    New,

    /// <summary>It is the one in use.</summary>
    Same,

    /// <summary>It is older than one that was accepted.</summary>
    Older,

    /// <summary>It has the version of the one in use and says something else.</summary>
    Forked,

    /// <summary>Its signatures or its content are not good.</summary>
    Refused,
}
