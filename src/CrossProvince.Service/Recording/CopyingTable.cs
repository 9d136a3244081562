using System.Data.Common;
using CrossProvince.Core.Identifiers;
using CrossProvince.Service.Storage;
using CrossProvince.Service.Storage.Retention;
using Npgsql;

namespace CrossProvince.Service.Recording;

/// <summary>Writes records into PostgreSQL by binary COPY, on a connection of its own: nobody else's transaction waits for it.</summary>
/// <remarks>
/// A COPY is all or nothing, as is what is counted with it, and fails when one of its records is there already: that happens after a crash between its commit and the moved cursor, and the records are
/// then inserted one by one, passing over those.
/// </remarks>
internal sealed class CopyingTable(Database database, RegionCode own, RecordedRequests requests) : IVerificationTable
{
    private static readonly string s_copy = $"COPY verifications ({string.Join(", ", RecordFormat.Columns)}) FROM STDIN (FORMAT BINARY)";

    /// <summary>Signature, flags, length of the header's extension.</summary>
    private static readonly byte[] s_header = [.. "PGCOPY\n"u8, 0xFF, .. "\r\n\0"u8, 0, 0, 0, 0, 0, 0, 0, 0];

    /// <summary>A count of columns that says: no more rows.</summary>
    private static readonly byte[] s_trailer = [0xFF, 0xFF];

    /// <inheritdoc/>
    public int MostRecords => 8_192;

    /// <inheritdoc/>
    public async Task WriteAsync(RecordBatch records, CancellationToken cancellation)
    {
        await using var connection = await database.OpenAsync(cancellation);
        try
        {
            try
            {
                await CopyAsync((NpgsqlConnection)connection, records, cancellation);
            }
            catch (PostgresException e) when (IsMonthMissing(e))
            {
                await MakeMonthsAsync(connection, records, cancellation);
                await CopyAsync((NpgsqlConnection)connection, records, cancellation);
            }
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.UniqueViolation)
        {
            await InsertAsync(connection, records, cancellation);
        }
        catch (PostgresException e) when (IsRefusal(e))
        {
            throw new RecordsRefusedException(e.SqlState, e);
        }
        catch (PostgresException e) when (StorageFailures.IsReadOnly(e))
        {
            database.ForgetConnections();
            throw;
        }
    }

    /// <summary>Months ahead are made in good time; records of others come from a spool that waited long, or under a clock that went wrong, and must not be refused for it.</summary>
    private static async Task MakeMonthsAsync(DbConnection connection, RecordBatch records, CancellationToken cancellation)
    {
        foreach (var month in Enumerable.Range(0, records.Count).Select(i => Month.Of(records.Read(i).Time)).Distinct())
        {
            await PostgresMonths.MakeAsync(connection, MonthlyTable.Verifications, month, month, cancellation);
        }
    }

    private async Task CopyAsync(NpgsqlConnection connection, RecordBatch records, CancellationToken cancellation)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        await using (var copy = await connection.BeginRawBinaryCopyAsync(s_copy, cancellation))
        {
            var patience = connection.CommandTimeout * 1_000;
            (copy.ReadTimeout, copy.WriteTimeout) = (patience, patience);
            await copy.WriteAsync(s_header, cancellation);
            await copy.WriteAsync(records.Rows, cancellation);

            // Disposing ends the COPY and waits for its end.
            await copy.WriteAsync(s_trailer, cancellation);
        }

        await requests.WriteAsync(records, transaction);
        await OwedUses.Of(records, own).WriteAsync(transaction);

        // Last, so that other nodes wait for these rows no longer than a commit takes.
        await VerificationCounts.Of(records).WriteAsync(database, transaction);
        await transaction.CommitAsync(cancellation);
    }

    private async Task InsertAsync(DbConnection connection, RecordBatch records, CancellationToken cancellation)
    {
        try
        {
            await using var transaction = await connection.BeginTransactionAsync(cancellation);
            await InsertingTable.InsertAsync(database, own, requests, transaction, records);
            await transaction.CommitAsync(cancellation);
        }
        catch (PostgresException e) when (IsRefusal(e))
        {
            throw new RecordsRefusedException(e.SqlState, e);
        }
    }

    /// <summary>No partition takes a row: the same code as for a constraint, without one's name.</summary>
    private static bool IsMonthMissing(PostgresException e) => e.SqlState == PostgresErrorCodes.CheckViolation && string.IsNullOrEmpty(e.ConstraintName);

    /// <summary>Data exceptions, integrity constraints, and what exceeds the limits of the program: about values, not about the server.</summary>
    private static bool IsRefusal(PostgresException e) => e.SqlState[..2] is "22" or "23" or "54";
}
