using System.Data.Common;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using CrossProvince.Core.Status;
using CrossProvince.Service.Storage;
using Dapper;

namespace CrossProvince.Service.StatusIndex;

/// <summary>Gives licences random entries of the region's lists, none of them twice.</summary>
/// <remarks>
/// An entry says nothing about the licence: it is drawn from all free entries of all lists that are open, each as likely as the other, and the licence's number has no part in it.
/// The chain tells which entries are taken: up to a change by the index in memory, after it by the changes since, which are read under the lock of the chain's end (adr/0038).
/// </remarks>
internal sealed class EntryAllocator
{
    private const string OpenLists = "SELECT list_number, allocated FROM lists WHERE allocated < @capacity ORDER BY list_number";

    private const string LastList = "SELECT COALESCE(MAX(list_number), -1) FROM lists";

    private const string NewList = "INSERT INTO lists (list_number, allocated) VALUES (@list, 0)";

    private const string CountUp = "UPDATE lists SET allocated = allocated + @count WHERE list_number = @list";

    private static readonly Table<(long LicenceRow, Place Place)> s_entries = new Table<(long LicenceRow, Place Place)>("list_entries", "list_number")
        .Integer("list_number", entry => entry.Place.List)
        .Integer("list_index", entry => entry.Place.Index)
        .BigInteger("licence_row", entry => entry.LicenceRow);

    private readonly RegionIndex _known;
    private readonly HashSet<(int List, int Index)> _taken;
    private readonly List<OpenList> _lists;
    private readonly int _listBound;
    private int _last;

    private EntryAllocator(RegionIndex known, HashSet<(int List, int Index)> taken, List<OpenList> lists, int last, int listBound) =>
        (_known, _taken, _lists, _last, _listBound) = (known, taken, lists, last, listBound);

    /// <summary>Reads which entries are taken; the caller holds the lock of the chain's end, and appends a change of each entry that it draws in the same transaction.</summary>
    /// <param name="transaction">The transaction of the licences.</param>
    /// <param name="known">The region's index in memory: no further than the chain.</param>
    /// <param name="listBound">How many lists the trust list allows this region.</param>
    /// <param name="since">The changes that the index did not hold a moment ago, up to the chain's end, if they are at hand; else they are read.</param>
    public static async Task<EntryAllocator> OpenAsync(DbTransaction transaction, RegionIndex known, int listBound, IReadOnlyList<StoredChange>? since = null)
    {
        // In this order: what the index takes in meanwhile is then known twice, and nothing is overlooked.
        var taken = since is not null
            ? [.. since.Select(stored => (stored.Change.List, stored.Change.Index))]
            : await StatusChangeReader.ListEntriesAfterAsync(transaction, known.Seq);
        var connection = transaction.Connection!;
        var rows = await connection.QueryAsync<ListRow>(OpenLists, new { capacity = StatusList.Capacity }, transaction);
        var last = (int)await connection.ExecuteScalarAsync<long>(LastList, transaction: transaction);
        return new EntryAllocator(known, taken, [.. rows.Select(row => new OpenList((int)row.ListNumber, StatusList.Capacity - (int)row.Allocated))], last, listBound);
    }

    /// <summary>Takes an entry for each licence, in one step.</summary>
    /// <param name="transaction">The transaction of the licences, which holds the lock of the chain's end.</param>
    /// <param name="known">The region's index in memory: no further than the chain.</param>
    /// <param name="licenceRows">The rows of the licences.</param>
    /// <param name="listBound">How many lists the trust list allows this region.</param>
    /// <returns>One entry each, in order.</returns>
    /// <exception cref="ListsFullException">There are not enough entries left.</exception>
    public static async Task<IReadOnlyList<Place>> TakeAsync(DbTransaction transaction, RegionIndex known, IReadOnlyList<long> licenceRows, int listBound)
    {
        if (licenceRows.Count == 0)
        {
            return [];
        }

        var allocator = await OpenAsync(transaction, known, listBound);
        var places = allocator.Draw(licenceRows.Count);
        await WriteAsync(transaction, [.. licenceRows.Zip(places)]);
        await allocator.CloseAsync(transaction);
        return places;
    }

    /// <summary>Draws entries, in memory; nobody draws them again.</summary>
    /// <exception cref="ListsFullException">There are not enough entries left.</exception>
    public IReadOnlyList<Place> Draw(int count)
    {
        OpenNew(count);

        // How many entries each list gives, by drawing lists in proportion to their free entries; a list that stays out costs nothing.
        var room = _lists.Sum(list => (long)list.Free);
        var order = new OpenList[count];
        for (var i = 0; i < count; i++, room--)
        {
            var at = _lists.Count == 1 ? 0 : (long)RandomNumberGenerator.GetInt32((int)Math.Min(room, int.MaxValue));
            var list = _lists.First(list => (at -= list.Free) < 0 || list == _lists[^1]);
            list.Free--;
            list.Wanted++;
            order[i] = list;
        }

        foreach (var list in _lists.Where(list => list.Wanted > 0))
        {
            list.Draw(index => _known.Find(list.Number, index).Tag == EntryTag.None && !_taken.Contains((list.Number, index)));
        }

        var places = new Place[count];
        for (var i = 0; i < count; i++)
        {
            places[i] = new Place(order[i].Number, order[i].Drawn.Dequeue());
            _taken.Add((places[i].List, places[i].Index));
        }

        return places;
    }

    /// <summary>Writes whose entries they are.</summary>
    public static Task WriteAsync(DbTransaction transaction, IReadOnlyList<(long LicenceRow, Place Place)> entries) => s_entries.InsertAsync(transaction, entries);

    /// <summary>Writes how many entries each list has given; once, after all were drawn.</summary>
    public async Task CloseAsync(DbTransaction transaction)
    {
        foreach (var list in _lists.Where(list => list.Given > 0))
        {
            if (list.IsNew)
            {
                await transaction.Connection!.ExecuteAsync(NewList, new { list = list.Number }, transaction);
            }

            await transaction.Connection!.ExecuteAsync(CountUp, new { list = list.Number, count = list.Given }, transaction);
        }
    }

    /// <summary>Opens as many new lists as are needed besides those with room.</summary>
    private void OpenNew(int count)
    {
        for (var room = _lists.Sum(list => (long)list.Free); room < count; room += StatusList.Capacity)
        {
            if (_last + 1 >= _listBound)
            {
                throw new ListsFullException(_listBound);
            }

            _lists.Add(new OpenList(++_last, StatusList.Capacity) { IsNew = true });
        }
    }

    private sealed class OpenList(int number, int free)
    {
        public int Number => number;

        /// <summary>Whether the database does not have it yet.</summary>
        public bool IsNew { get; init; }

        /// <summary>How many entries were drawn.</summary>
        public int Given { get; private set; }

        /// <summary>How many entries nobody has, or is to get.</summary>
        public int Free { get; set; } = free;

        /// <summary>How many entries are to be drawn.</summary>
        public int Wanted { get; set; }

        public Queue<int> Drawn { get; } = new();

        /// <summary>Draws entries at random: blindly while most are free, from all that are free when that is less work.</summary>
        public void Draw(Func<int, bool> isFree)
        {
            var drawn = new HashSet<int>(Wanted);
            Given += Wanted;

            // A draw finds a free entry with probability free : capacity; twice as many draws as that takes, and some more, all but always suffice.
            var draws = new int[(int)Math.Min(StatusList.Capacity / 8, 64 + (2L * Wanted * StatusList.Capacity / (Free + Wanted)))];
            RandomNumberGenerator.Fill(MemoryMarshal.AsBytes(draws.AsSpan()));
            foreach (var draw in draws)
            {
                var index = draw & (StatusList.Capacity - 1);
                if (isFree(index) && drawn.Add(index))
                {
                    Drawn.Enqueue(index);
                    if (Drawn.Count == Wanted)
                    {
                        Wanted = 0;
                        return;
                    }
                }
            }

            var left = Enumerable.Range(0, StatusList.Capacity).Where(index => isFree(index) && !drawn.Contains(index)).ToArray();
            var missing = Wanted - Drawn.Count;
            if (left.Length < missing)
            {
                throw new InvalidDataException($"The row of list {Number} in the database says that it has more free entries than it has; 'crossprovince status audit' says which are taken.");
            }

            for (var i = 0; i < missing; i++)
            {
                var at = RandomNumberGenerator.GetInt32(i, left.Length);
                (left[i], left[at]) = (left[at], left[i]);
                Drawn.Enqueue(left[i]);
            }

            Wanted = 0;
        }
    }

    private sealed class ListRow
    {
        public long ListNumber { get; init; }

        public long Allocated { get; init; }
    }
}
