namespace CrossProvince.Core.Status;

/// <summary>How a region's head stands to a copy of its index.</summary>
public enum HeadOrder
{
    /// <summary>It may be followed: the same change or a later one, signed no earlier.</summary>
    Next = 1,

    /// <summary>It was made before the copy: nothing new. Several nodes of a region sign heads, and one may lag.</summary>
    Older,

    /// <summary>The same change with another history: the region has contradicted itself.</summary>
    Forked,
}
