using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Status;
using CrossProvince.Core.Trust;
using CrossProvince.Core.Verification;
using CrossProvince.Service.StatusIndex;
using CrossProvince.Service.Verifying;

namespace CrossProvince.Service.Federation.Following;

/// <summary>The copy of one region's index, and what is taken into it: signed heads, signed batches, chunks that a signed head's roots lead to. For one caller at a time.</summary>
internal sealed partial class RegionCopy
{
    /// <summary>Several nodes of a region sign heads, and their clocks differ: a head older than the copy is nothing new, until the copy has grown this old over it.</summary>
    private static readonly TimeSpan s_lag = TimeSpan.FromSeconds(10);

    private readonly RegionCode _region;
    private readonly LicenceIndex _index;
    private readonly PublishedIndexes _published;
    private readonly FollowedRegions _followed;
    private readonly TrustSource _trust;
    private readonly TrustedClock _clock;
    private readonly VerifyingMetrics _alarms;
    private readonly FollowingMetrics _metrics;
    private readonly ILogger _logger;
    private RegionIndex _copy;
    private (long Seq, ReadOnlyMemory<byte> Hash, ReadOnlyMemory<byte> Document)? _signed;
    private FollowedPlace _floor;
    private long _heardSeq;

    public RegionCopy(
        TrustedRegion region, LicenceIndex index, PublishedIndexes published, FollowedRegions followed, TrustSource trust, TrustedClock clock, VerifyingMetrics alarms, FollowingMetrics metrics, ILogger logger)
    {
        (_region, _index, _published, _followed, _trust, _clock, _alarms, _metrics, _logger) = (region.Code, index, published, followed, trust, clock, alarms, metrics, logger);
        _copy = index.GetOrAdd(_region, region.ListBound);
        _floor = followed.Find(_region);
    }

    /// <summary>The copy.</summary>
    public RegionIndex Index => _copy;

    /// <summary>Whether it has ever been filled; before that changes lead nowhere.</summary>
    public bool IsFilled => _copy.AsOfMs > 0;

    /// <summary>How many changes the region has told of that are not in it.</summary>
    public long Behind => Math.Max(0, Interlocked.Read(ref _heardSeq) - _copy.Seq);

    /// <summary>Takes over what the shared cache keeps, where that is not another history than the one that was followed.</summary>
    public void Take(StoredIndex stored)
    {
        if (_floor.Seq == stored.Head.Seq && !stored.Head.Hash.Span.SequenceEqual(_floor.Hash))
        {
            LogOtherHistory(_region, stored.Head.Seq);
            return;
        }

        stored.Fill(_copy);
        Accept(stored.Head, stored.Document);
        LogLoaded(_region, stored.Head.Seq, stored.Head.TimeMs);
    }

    /// <summary>Begins anew where somebody has settled that what the region signs now is to be taken. The old copy answers, growing old, until there is another.</summary>
    /// <param name="bound">The trust list's bound on the region's lists.</param>
    /// <returns>Whether it did.</returns>
    public bool TryRenew(int bound)
    {
        var place = _followed.Find(_region);
        if (place.Settled == _floor.Settled)
        {
            return false;
        }

        _published.Forget(_region);
        (_copy, _signed, _floor) = (new RegionIndex(_region, bound), null, place);
        Interlocked.Exchange(ref _heardSeq, 0);
        return true;
    }

    /// <summary>Takes a signed batch of changes.</summary>
    /// <returns>False when changes before it are missing, or the copy has come to differ: then it needs chunks.</returns>
    /// <exception cref="StatusDocumentException">It is not what the region's index key has signed.</exception>
    /// <exception cref="ForkedChainException">It is, and belongs to another history.</exception>
    public bool TakeBatch(ReadOnlyMemory<byte> document)
    {
        var batch = StatusFeedDocument.Open(document, _trust.List, _region, _clock.Now().UnixSeconds);
        Heard(batch.ToSeq);
        var (seq, hash) = (_copy.Seq, _copy.ChainHash);
        switch (batch.Compare(seq, hash.Span))
        {
            case FeedOrder.Known:
                return true;
            case FeedOrder.Gap:
                return false;
            case FeedOrder.Forked:
                ThrowForked(document);
                return false;
        }

        if (_floor.Seq > seq && _floor.Seq <= batch.ToSeq && !_floor.Hash.AsSpan().SequenceEqual(batch.HashAt(_floor.Seq, seq, hash.Span)))
        {
            throw new ForkedChainException(_floor.Seq, default, document);
        }

        try
        {
            foreach (var change in batch.After(seq))
            {
                _copy.Apply(change);
            }
        }
        catch (StatusDocumentException e)
        {
            // Signed, and yet it cannot be: the region's roots say what is right.
            Diverged(e.Message);
            return false;
        }

        _signed = (batch.ToSeq, batch.HeadHash, document);
        _metrics.Applied(_region, (_clock.Now().UnixMilliseconds - batch.After(seq).First().TimeMs) / 1000.0);
        return true;
    }

    /// <summary>Takes a signed head, and with it its time where the copy is what it says.</summary>
    /// <exception cref="StatusDocumentException">It is not what the region's index key has signed, or is older than what was followed.</exception>
    /// <exception cref="ForkedChainException">It names another history of the copy's last change.</exception>
    public FollowedHead TakeHead(ReadOnlyMemory<byte> document) => TakeHead(Open(document), document);

    /// <summary>As <see cref="TakeHead(ReadOnlyMemory{byte})"/>, for one that was opened before.</summary>
    public FollowedHead TakeHead(StatusHead head, ReadOnlyMemory<byte> document)
    {
        if (Order(head, document) is { } other)
        {
            return other;
        }

        if (head.Seq != _copy.Seq)
        {
            return FollowedHead.Ahead;
        }

        try
        {
            // The head's roots are those of all lists: what has come to differ, whenever and however, shows here.
            _copy.Follow(head);
        }
        catch (StatusDocumentException e)
        {
            Diverged(e.Message);
            return FollowedHead.Differs;
        }

        Accept(head, document);
        return FollowedHead.Followed;
    }

    /// <summary>Looks at a head before anything is fetched for it.</summary>
    /// <returns>Null when it may be followed.</returns>
    /// <exception cref="StatusDocumentException">It is older than what was followed.</exception>
    /// <exception cref="ForkedChainException">It names another history of the copy's last change.</exception>
    public FollowedHead? Order(StatusHead head, ReadOnlyMemory<byte> document)
    {
        Heard(head.Seq);
        if (head.Seq == _floor.Seq && !head.Hash.Span.SequenceEqual(_floor.Hash))
        {
            throw new ForkedChainException(head.Seq, default, document);
        }

        switch (_copy.Compare(head))
        {
            case HeadOrder.Older when _clock.Now().UnixMilliseconds - _copy.AsOfMs < s_lag.TotalMilliseconds:
                return FollowedHead.Older;
            case HeadOrder.Forked:
                ThrowForked(document);
                return FollowedHead.Differs;
        }

        _copy.CheckFollows(head);
        return head.Seq >= _floor.Seq ? null : throw new StatusDocumentException(
            $"Region {_region}: the head at change {head.Seq} is older than change {_floor.Seq}, up to which it was followed before. If that region has begun anew, 'crossprovince status settle --partner {_region} --theirs' takes over what it signs now.");
    }

    /// <summary>Opens a head.</summary>
    /// <exception cref="StatusDocumentException">It is not what the region's index key has signed.</exception>
    public StatusHead Open(ReadOnlyMemory<byte> document) => StatusHeadDocument.Open(document, _trust.List, _region, _clock.Now().UnixSeconds);

    /// <summary>Follows a head whose chunks have been taken over.</summary>
    /// <exception cref="StatusDocumentException">The copy does not agree with it.</exception>
    public void Follow(StatusHead head, ReadOnlyMemory<byte> document)
    {
        _copy.Follow(head);
        Accept(head, document);
    }

    private void Accept(StatusHead head, ReadOnlyMemory<byte> document)
    {
        _signed = (head.Seq, head.Hash, document);
        Heard(head.Seq);
        if (!ReferenceEquals(_index.Find(_region), _copy))
        {
            _index.Replace(_copy);
        }

        _published.Add(new RegionSnapshot(head, [.. head.Lists.Select(list => _copy.Snapshot(list.List))]), document.ToArray(), keep: 1);
        _followed.Advanced(head);
    }

    private void Heard(long seq) => Interlocked.Exchange(ref _heardSeq, Math.Max(seq, _copy.Seq));

    /// <summary>The region's own signature says what the copy's chain was. Without that it may be this memory that is wrong.</summary>
    private void ThrowForked(ReadOnlyMemory<byte> other)
    {
        if (_signed is { } held && held.Seq == _copy.Seq && held.Hash.Span.SequenceEqual(_copy.ChainHash.Span))
        {
            throw new ForkedChainException(held.Seq, held.Document, other);
        }

        Diverged($"Its chain at change {_copy.Seq} is not the one that was signed.");
    }

    /// <summary>Says that the copy has come to differ from what was signed.</summary>
    public void Diverged(string reason)
    {
        LogDiverged(_region, reason);
        _alarms.Alarm("diverged-copy");
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "The licence index of region {Region} up to change {Seq} is taken over from Redis, as of {AsOfMilliseconds}.")]
    private partial void LogLoaded(RegionCode region, long seq, long asOfMilliseconds);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Redis keeps another history of region {Region}'s change {Seq} than the one that was followed; it is not used.")]
    private partial void LogOtherHistory(RegionCode region, long seq);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The copy of region {Region}'s licence index did not come to the signed head by the region's changes; what differs is fetched anew. {Reason}")]
    private partial void LogDiverged(RegionCode region, string reason);
}
