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
internal static class EntryAllocator
{
    private const string OpenLists = "SELECT list_number, allocated FROM lists WHERE allocated < @capacity ORDER BY list_number";

    private const string LastList = "SELECT COALESCE(MAX(list_number), -1) FROM lists";

    private const string NewList = "INSERT INTO lists (list_number, allocated) VALUES (@list, 0)";

    private const string CountUp = "UPDATE lists SET allocated = allocated + @count WHERE list_number = @list";

    private static readonly Table<(long LicenceRow, Place Place)> s_entries = new Table<(long LicenceRow, Place Place)>("list_entries", "list_number")
        .Integer("list_number", entry => entry.Place.List)
        .Integer("list_index", entry => entry.Place.Index)
        .BigInteger("licence_row", entry => entry.LicenceRow);

    /// <summary>Takes an entry for each licence; the caller holds the lock of the chain's end, and appends a change of each entry in the same transaction.</summary>
    /// <param name="transaction">The transaction of the licences.</param>
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

        // In this order: what the index takes in meanwhile is then known twice, and nothing is overlooked.
        var taken = await StatusChangeReader.ListEntriesAfterAsync(transaction, known.Seq);
        var lists = await OpenAsync(transaction, licenceRows.Count, listBound);
        var places = Draw(lists, known, taken, licenceRows.Count);
        await s_entries.InsertAsync(transaction, [.. licenceRows.Zip(places)]);
        foreach (var group in places.GroupBy(place => place.List))
        {
            await transaction.Connection!.ExecuteAsync(CountUp, new { list = group.Key, count = group.Count() }, transaction);
        }

        return places;
    }

    /// <summary>The lists with room, and as many new ones as are needed besides.</summary>
    private static async Task<List<OpenList>> OpenAsync(DbTransaction transaction, int count, int listBound)
    {
        var connection = transaction.Connection!;
        var rows = await connection.QueryAsync<ListRow>(OpenLists, new { capacity = StatusList.Capacity }, transaction);
        var lists = rows.Select(row => new OpenList((int)row.ListNumber, StatusList.Capacity - (int)row.Allocated)).ToList();
        for (var room = lists.Sum(list => (long)list.Free); room < count; room += StatusList.Capacity)
        {
            var next = (int)await connection.ExecuteScalarAsync<long>(LastList, transaction: transaction) + 1;
            if (next >= listBound)
            {
                throw new ListsFullException(listBound);
            }

            await connection.ExecuteAsync(NewList, new { list = next }, transaction);
            lists.Add(new OpenList(next, StatusList.Capacity));
        }

        return lists;
    }

    private static List<Place> Draw(List<OpenList> lists, RegionIndex known, HashSet<(int List, int Index)> taken, int count)
    {
        // How many entries each list gives, by drawing lists in proportion to their free entries; a list that stays out costs nothing.
        var room = lists.Sum(list => (long)list.Free);
        var order = new OpenList[count];
        for (var i = 0; i < count; i++, room--)
        {
            var at = lists.Count == 1 ? 0 : (long)RandomNumberGenerator.GetInt32((int)Math.Min(room, int.MaxValue));
            var list = lists.First(list => (at -= list.Free) < 0 || list == lists[^1]);
            list.Free--;
            list.Wanted++;
            order[i] = list;
        }

        foreach (var list in lists.Where(list => list.Wanted > 0))
        {
            list.Draw(index => known.Find(list.Number, index).Tag == EntryTag.None && !taken.Contains((list.Number, index)));
        }

        return [.. order.Select(list => new Place(list.Number, list.Drawn.Dequeue()))];
    }

    private sealed class OpenList(int number, int free)
    {
        public int Number => number;

        /// <summary>How many entries nobody has, or is to get.</summary>
        public int Free { get; set; } = free;

        /// <summary>How many entries are to be drawn.</summary>
        public int Wanted { get; set; }

        public Queue<int> Drawn { get; } = new();

        /// <summary>Draws entries at random: blindly while most are free, from all that are free when that is less work.</summary>
        public void Draw(Func<int, bool> isFree)
        {
            var drawn = new HashSet<int>(Wanted);

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
        }
    }

    private sealed class ListRow
    {
        public long ListNumber { get; init; }

        public long Allocated { get; init; }
    }
}
