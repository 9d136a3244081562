namespace CrossProvince.Service.StatusIndex;

/// <summary>The database ends before a change that was published, or tells another story of it: nothing is changed until somebody says how to go on.</summary>
/// <param name="end">The database's last change.</param>
/// <param name="seen">The change up to which a published head was seen.</param>
internal sealed class ChainBehindException(long end, long seen)
    : Exception($"The node's database ends at change {end}, but partners have seen change {seen}: it was restored from an older backup. Its operator must say how to go on (crossprovince status resume).");
