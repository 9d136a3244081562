namespace CrossProvince.Service.Federation.Following;

/// <summary>What a head that came means for the copy.</summary>
internal enum FollowedHead
{
    /// <summary>The copy stands at it: it is true as of the head's time.</summary>
    Followed = 1,

    /// <summary>It was made before the copy: nothing new. Several nodes of a region sign heads, and one may lag.</summary>
    Older,

    /// <summary>Changes between the copy and it are missing.</summary>
    Ahead,

    /// <summary>The copy has come to differ from what was signed.</summary>
    Differs,
}
