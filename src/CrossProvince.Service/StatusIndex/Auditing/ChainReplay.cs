using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Signatures;
using CrossProvince.Core.Status;
using CrossProvince.Service.Storage;
using Dapper;
using static CrossProvince.Service.StatusIndex.Auditing.StatusDifferenceKind;

namespace CrossProvince.Service.StatusIndex.Auditing;

/// <summary>Makes the lists anew from the first change on, and holds every hash and every published head against them.</summary>
/// <remarks>Takes 17 bytes of memory an entry.</remarks>
internal sealed class ChainReplay(RegionCode region)
{
    private const int ReadAtOnce = 5_000;

    private const string End = "SELECT seq, hash FROM status_chain WHERE id = 1";

    private const string LastPublished = "SELECT COALESCE(MAX(seq), 0) FROM published_heads";

    private readonly RegionIndex _index = new(region, ushort.MaxValue + 1);
    private readonly Dictionary<int, long[]> _lastChanges = [];
    private IReadOnlyDictionary<long, (long Seq, byte[] Hash)> _gaps = new Dictionary<long, (long, byte[])>();

    /// <summary>The lists up to <see cref="Seq"/>.</summary>
    public RegionIndex Index => _index;

    /// <summary>The last change that was taken in.</summary>
    public long Seq => _index.Seq;

    /// <summary>The last change of an entry; 0 when there is none.</summary>
    public long LastChangeOf(int list, int index) => _lastChanges.TryGetValue(list, out var changes) ? changes[index] : 0;

    /// <summary>Remembers that an entry was found in the database as well.</summary>
    public void Tick(int list, int index)
    {
        var changes = _lastChanges[list];
        changes[index] = -changes[index];
    }

    /// <summary>The first entry that was not ticked; null when all were.</summary>
    public (int List, int Index)? FindUnticked()
    {
        foreach (var (list, changes) in _lastChanges.OrderBy(pair => pair.Key))
        {
            var index = Array.FindIndex(changes, seq => seq > 0);
            if (index >= 0)
            {
                return (list, index);
            }
        }

        return null;
    }

    /// <summary>Takes in the whole chain.</summary>
    /// <param name="database">The database.</param>
    /// <param name="heads">Published heads, by ascending change; each is told once the lists stand where it stands.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task<StatusDifference?> RunAsync(ReadingTransaction database, IEnumerable<PublishedHead> heads, CancellationToken cancellation)
    {
        var waiting = new Queue<PublishedHead>(heads);
        _gaps = await StatusChangeReader.ReadGapsAsync(database.Connection, database.Transaction);
        if (Compare(waiting) is { } otherHead)
        {
            return otherHead;
        }

        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            var changes = await StatusChangeReader.ReadAsync(database.Connection, Seq + 1, ReadAtOnce, database.Transaction);
            foreach (var change in changes)
            {
                if ((TakeIn(change) ?? Compare(waiting)) is { } difference)
                {
                    return difference;
                }
            }

            if (changes.Count < ReadAtOnce)
            {
                break;
            }
        }

        return await CompareEndAsync(database) ?? (waiting.TryPeek(out var beyond) ? Beyond(beyond.Source, beyond.Head.Seq) : null);
    }

    private StatusDifference? TakeIn(StoredChange stored)
    {
        var (change, hash) = stored;
        if (change.Seq > Seq + 1 && _gaps.TryGetValue(Seq, out var gap))
        {
            _index.Bridge(gap.Seq, gap.Hash);
        }

        if (change.Seq != Seq + 1)
        {
            return Missing(Seq + 1);
        }

        var before = _index.ChainHash;
        string? fault = null;
        try
        {
            _index.Apply(change);
        }
        catch (StatusDocumentException e)
        {
            fault = e.Message;
        }

        if (!hash.AsSpan().SequenceEqual(fault is null ? _index.ChainHash.Span : change.NextHash(before.Span)))
        {
            return StatusDifference.OfChange(
                ChangeHash, change.Seq, $"第 {change.Seq} 条变更的哈希与其内容及前一条不符。", $"The hash of change {change.Seq} does not follow from its record and the change before.");
        }

        if (fault is not null)
        {
            return StatusDifference.OfChange(ChangeMalformed, change.Seq, $"第 {change.Seq} 条变更不成立：{fault}", $"Change {change.Seq} cannot be: {fault}");
        }

        if (!_lastChanges.TryGetValue(change.List, out var last))
        {
            _lastChanges.Add(change.List, last = new long[StatusList.Capacity]);
        }

        last[change.Index] = change.Seq;
        return null;
    }

    /// <summary>Compares the heads that end with the change just taken in.</summary>
    private StatusDifference? Compare(Queue<PublishedHead> waiting)
    {
        while (waiting.TryPeek(out var next) && next.Head.Seq == Seq)
        {
            waiting.Dequeue();
            if (!next.Head.Hash.Span.SequenceEqual(_index.ChainHash.Span))
            {
                return StatusDifference.OfChange(
                    HeadHash, Seq, $"{next.Source} 的索引头在第 {Seq} 条变更处的哈希与数据库不同：存在两条不同的链。",
                    $"The head of {next.Source} names another hash for change {Seq} than the database: there are two chains.");
            }

            next.Lists = _index.Publish(0).Lists;
            next.IsCompared = true;
            if (FindOtherList(next) is { } list)
            {
                return new StatusDifference(
                    HeadLists,
                    new LocalizedText($"{next.Source} 的索引头（第 {Seq} 条变更）中状态表 {list} 与链所得不同。", $"In the head of {next.Source}, at change {Seq}, list {list} is not the one that the chain makes."),
                    Seq,
                    list);
            }
        }

        return null;
    }

    private static int? FindOtherList(PublishedHead published)
    {
        var theirs = published.Head.Lists.ToDictionary(list => list.List);
        foreach (var list in published.Lists)
        {
            if (!theirs.Remove(list.Number, out var head) || head.Allocated != list.Allocated || !head.Root.Span.SequenceEqual(list.Root.Span))
            {
                return list.Number;
            }
        }

        return theirs.Count > 0 ? theirs.Keys.Min() : null;
    }

    private async Task<StatusDifference?> CompareEndAsync(ReadingTransaction database)
    {
        var end = await database.Connection.QuerySingleAsync<ChainEnd>(End, transaction: database.Transaction);
        if (end.Seq > Seq)
        {
            return Missing(Seq + 1);
        }

        if (end.Seq != Seq || !end.Hash.AsSpan().SequenceEqual(_index.ChainHash.Span))
        {
            return StatusDifference.OfChange(
                StatusDifferenceKind.ChainEnd, Seq, $"链尾记为第 {end.Seq} 条，而链止于第 {Seq} 条，或其哈希不同。", $"The chain's end is written down as change {end.Seq}; it is {Seq}, or has another hash.");
        }

        var published = await database.Connection.ExecuteScalarAsync<long>(LastPublished, transaction: database.Transaction);
        return published > Seq ? Beyond("published_heads", published) : null;
    }

    private static StatusDifference Missing(long seq) => StatusDifference.OfChange(ChangeMissing, seq, $"缺第 {seq} 条变更。", $"Change {seq} is missing.");

    private StatusDifference Beyond(string source, long seq) => StatusDifference.OfChange(
        HeadBeyondChain, seq, $"{source} 的索引头已到第 {seq} 条变更，而数据库止于第 {Seq} 条：数据库可能由旧备份恢复。",
        $"The head of {source} stands at change {seq}, the database ends at {Seq}. Was it restored from an older backup?");

    private sealed class ChainEnd
    {
        public long Seq { get; init; }

        public byte[] Hash { get; init; } = new byte[Sm3.HashSize];
    }
}
