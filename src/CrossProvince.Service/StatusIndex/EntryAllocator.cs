using System.Data.Common;
using System.Security.Cryptography;
using CrossProvince.Core.Status;
using Dapper;

namespace CrossProvince.Service.StatusIndex;

/// <summary>Gives licences random places in the region's lists, none of them twice.</summary>
/// <remarks>A place says nothing about the licence: it is drawn at random, and the licence's number has no part in it.</remarks>
internal static class EntryAllocator
{
    /// <summary>A list is closed at seven eighths, so that a free place is found in a draw or two.</summary>
    private const int FullAt = StatusList.Capacity / 8 * 7;

    private const string OpenList = "SELECT list_number, allocated FROM lists ORDER BY list_number DESC LIMIT 1";

    private const string NewList = "INSERT INTO lists (list_number, allocated) VALUES (@list, 0)";

    private const string CountUp = "UPDATE lists SET allocated = allocated + 1 WHERE list_number = @list";

    private const string Take = """
        INSERT INTO list_entries (list_number, list_index, licence_row) VALUES (@list, @index, @licenceRow)
        ON CONFLICT (list_number, list_index) DO NOTHING
        """;

    /// <summary>Takes a place for a licence; the caller holds the lock of the chain's end.</summary>
    /// <param name="transaction">The transaction of the licence.</param>
    /// <param name="licenceRow">The row of the licence.</param>
    /// <param name="listBound">How many lists the trust list allows this region.</param>
    /// <exception cref="ListsFullException">All lists are full.</exception>
    public static async Task<(int List, int Index)> TakeAsync(DbTransaction transaction, long licenceRow, int listBound)
    {
        var connection = transaction.Connection!;
        var open = await connection.QuerySingleOrDefaultAsync<OpenListRow>(OpenList, transaction: transaction);
        if (open is null || open.Allocated >= FullAt)
        {
            var next = open is null ? 0 : (int)open.ListNumber + 1;
            if (next >= listBound)
            {
                throw new ListsFullException(listBound);
            }

            await connection.ExecuteAsync(NewList, new { list = next }, transaction);
            open = new OpenListRow { ListNumber = next };
        }

        var list = (int)open.ListNumber;
        while (true)
        {
            var index = RandomNumberGenerator.GetInt32(StatusList.Capacity);
            if (await connection.ExecuteAsync(Take, new { list, index, licenceRow }, transaction) == 1)
            {
                await connection.ExecuteAsync(CountUp, new { list }, transaction);
                return (list, index);
            }
        }
    }

    private sealed class OpenListRow
    {
        public long ListNumber { get; init; }

        public long Allocated { get; init; }
    }
}
