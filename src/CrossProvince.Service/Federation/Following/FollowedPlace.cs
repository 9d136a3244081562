namespace CrossProvince.Service.Federation.Following;

/// <summary>How far a region was followed, by whichever node of this region.</summary>
/// <param name="Seq">Number of the last change in a head that was followed; 0: none.</param>
/// <param name="Hash">The chain's hash there.</param>
/// <param name="Settled">How often somebody has taken what the region signs now in the place of what was followed.</param>
/// <param name="ForkedSeq">Number of the change of which the region has signed two histories; null: it has not.</param>
internal sealed record FollowedPlace(long Seq, byte[] Hash, long Settled, long? ForkedSeq)
{
    /// <summary>Never followed.</summary>
    public static FollowedPlace None { get; } = new(0, Core.Status.StatusChange.GenesisHash.ToArray(), 0, null);
}
