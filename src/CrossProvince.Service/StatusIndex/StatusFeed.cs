using CrossProvince.Contracts.Federation.V1;
using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Signatures;
using CrossProvince.Core.Status;
using Google.Protobuf;

namespace CrossProvince.Service.StatusIndex;

/// <summary>The own region's feed: batches of changes and the head behind them, each signed and put into a message once for all who follow (docs/adr/0055).</summary>
/// <remarks>
/// Who follows holds a place in the feed and one message on its way, nothing more. Who is too slow finds that its place has been given to others, and slows nobody.
/// One writes, <see cref="OwnIndex"/>; reading is safe for concurrent calls.
/// </remarks>
/// <param name="region">The own region.</param>
/// <param name="findIndexKey">Finds the key that signs batches; null: none may now.</param>
/// <param name="recent">The changes.</param>
/// <param name="mostChanges">Changes kept, at most as many as <paramref name="recent"/> keeps.</param>
internal sealed class StatusFeed(RegionCode region, Func<ISigner?> findIndexKey, RecentChanges recent, int mostChanges = RecentChanges.Kept)
{
    /// <summary>Batches kept: at ten a second, a quarter of an hour's.</summary>
    private const int KeptBatches = 8_192;

    private readonly Lock _lock = new();
    private readonly Entry[] _batches = new Entry[KeptBatches];
    private long _first;
    private long _end;
    private long _keptChanges;
    private volatile Newest? _newest;
    private TaskCompletionSource _news = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>What was published last; null before the first head.</summary>
    public PublishedIndexes.Published? Published => _newest?.Published;

    /// <summary>Number of the last change in it; -1 before the first head.</summary>
    public long Seq => _newest?.Published.Snapshot.Head.Seq ?? -1;

    /// <summary>Gives out what leads to a head, and the head.</summary>
    /// <param name="published">The state and its signed head, no older than the last.</param>
    public void Publish(PublishedIndexes.Published published)
    {
        var to = published.Snapshot.Head.Seq;
        var since = _newest is null ? recent.FirstBefore(to) - 1 : Seq;
        var batches = since < to ? Sign(since + 1, to) : [];
        TaskCompletionSource news;
        lock (_lock)
        {
            if (batches is null)
            {
                // Changes were lost in a restore, or are too many: who stands before them fetches what differs. A place is left free, so that all are before the first.
                (_first, _keptChanges) = (++_end, 0);
            }

            foreach (var batch in batches ?? [])
            {
                Add(batch);
            }

            _newest = new Newest(published, new WatchStatusResponse { Head = UnsafeByteOperations.UnsafeWrap(published.Document) });
            (news, _news) = (_news, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        }

        news.SetResult();
    }

    /// <summary>Finds the place of one who begins to follow.</summary>
    /// <param name="fromSeq">Number of the first change wanted, from 1.</param>
    /// <returns>Null when changes from there on are no longer kept.</returns>
    public Place? Find(long fromSeq)
    {
        lock (_lock)
        {
            if (fromSeq > Seq || _newest is null)
            {
                // What comes next, and the newest head before it.
                return new Place(_end, fromSeq);
            }

            // The newest batches lie last; most who come were here a moment ago.
            var position = _end;
            while (position > _first && At(position - 1).ToSeq >= fromSeq)
            {
                position--;
            }

            return position < _end && At(position).FromSeq <= fromSeq ? new Place(position, fromSeq) : null;
        }
    }

    /// <summary>The next message for one who follows: batches first, then the newest head, once.</summary>
    /// <param name="place">Its place, which moves on.</param>
    /// <param name="message">The message, shared by all; null when there is none yet.</param>
    /// <param name="news">Completes when there may be one.</param>
    /// <returns>False when the place has fallen behind what is kept.</returns>
    public bool TryTake(Place place, out WatchStatusResponse? message, out Task news)
    {
        lock (_lock)
        {
            (message, news) = (null, _news.Task);
            if (place.Position < _first)
            {
                return false;
            }

            while (place.Position < _end && At(place.Position).ToSeq < place.FromSeq)
            {
                // One whose last node was further than this one has these.
                place.Position++;
            }

            if (place.Position < _end)
            {
                message = At(place.Position++).Message;
            }
            else if (_newest is { } newest && !ReferenceEquals(place.Head, newest))
            {
                (place.Head, message) = (newest, newest.Message);
            }

            return true;
        }
    }

    private void Add(Entry batch)
    {
        _keptChanges += batch.Count;
        while (_end - _first >= KeptBatches || (_keptChanges > mostChanges && _end > _first))
        {
            _keptChanges -= At(_first).Count;
            _batches[_first++ % KeptBatches] = default;
        }

        _batches[_end++ % KeptBatches] = batch;
    }

    private Entry At(long position) => _batches[position % KeptBatches];

    /// <returns>Null when not all of these changes are at hand, or no key may sign them.</returns>
    private List<Entry>? Sign(long from, long to)
    {
        if (findIndexKey() is not { } indexKey)
        {
            return null;
        }

        var batches = new List<Entry>();
        for (; from <= to; from += StatusFeedDocument.MaxChanges)
        {
            if (recent.Find(from, Math.Min(to, from + StatusFeedDocument.MaxChanges - 1)) is not { } changes)
            {
                return null;
            }

            var document = StatusFeedDocument.Sign(region, [.. changes.Select(change => change.Change)], changes[^1].Hash, indexKey);
            batches.Add(new Entry(from, changes[^1].Change.Seq, new WatchStatusResponse { Batch = UnsafeByteOperations.UnsafeWrap(document) }));
        }

        return batches;
    }

    /// <summary>Where one who follows stands. For one reader.</summary>
    /// <param name="position">Of the next batch.</param>
    /// <param name="fromSeq">Number of the first change wanted.</param>
    internal sealed class Place(long position, long fromSeq)
    {
        internal long Position { get; set; } = position;

        internal long FromSeq { get; } = fromSeq;

        internal object? Head { get; set; }
    }

    private sealed record Newest(PublishedIndexes.Published Published, WatchStatusResponse Message);

    private readonly record struct Entry(long FromSeq, long ToSeq, WatchStatusResponse Message)
    {
        public long Count => ToSeq - FromSeq + 1;
    }
}
