namespace CrossProvince.Core.Status;

/// <summary>How signed changes stand to a copy of the region's index.</summary>
public enum FeedOrder
{
    /// <summary>They lead on from the copy; those that it has already are part of its own history.</summary>
    Next = 1,

    /// <summary>The copy has all of them: nothing new.</summary>
    Known,

    /// <summary>Changes between the copy's last and the first of these are missing.</summary>
    Gap,

    /// <summary>They belong to another history than the copy's: the region has contradicted itself.</summary>
    Forked,
}
