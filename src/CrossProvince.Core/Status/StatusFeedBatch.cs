namespace CrossProvince.Core.Status;

/// <summary>Changes of a region's sequence that follow one another, as its index key has signed them.</summary>
/// <param name="Changes">The changes in order, at least one, without a gap.</param>
/// <param name="HeadHash">Hash of the chain after the last, 32 bytes.</param>
public sealed record StatusFeedBatch(IReadOnlyList<StatusChange> Changes, ReadOnlyMemory<byte> HeadHash)
{
    /// <summary>Number of the first change.</summary>
    public long FromSeq => Changes[0].Seq;

    /// <summary>Number of the last change.</summary>
    public long ToSeq => Changes[^1].Seq;

    /// <summary>How they stand to a copy.</summary>
    /// <param name="seq">Number of the copy's last change.</param>
    /// <param name="chainHash">Hash of the chain up to it, 32 bytes.</param>
    public FeedOrder Compare(long seq, ReadOnlySpan<byte> chainHash)
    {
        if (ToSeq < seq)
        {
            return FeedOrder.Known;
        }

        if (FromSeq > seq + 1)
        {
            return FeedOrder.Gap;
        }

        var hash = HashAt(ToSeq, seq, chainHash);
        return !HeadHash.Span.SequenceEqual(hash) ? FeedOrder.Forked : ToSeq == seq ? FeedOrder.Known : FeedOrder.Next;
    }

    /// <summary>The hash that a copy's chain has after one of these changes.</summary>
    /// <param name="at">Number of that change; not below <paramref name="seq"/>.</param>
    /// <param name="seq">Number of the copy's last change.</param>
    /// <param name="chainHash">Hash of the chain up to it, 32 bytes.</param>
    public byte[] HashAt(long at, long seq, ReadOnlySpan<byte> chainHash)
    {
        var hash = chainHash.ToArray();
        foreach (var change in After(seq))
        {
            if (change.Seq > at)
            {
                break;
            }

            hash = change.NextHash(hash);
        }

        return hash;
    }

    /// <summary>The changes that a copy does not have.</summary>
    /// <param name="seq">Number of the copy's last change.</param>
    public IEnumerable<StatusChange> After(long seq) => Changes.Skip((int)Math.Clamp(seq + 1 - FromSeq, 0, Changes.Count));
}
