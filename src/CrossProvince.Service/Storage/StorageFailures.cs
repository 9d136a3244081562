using System.Data.Common;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace CrossProvince.Service.Storage;

/// <summary>What a failure of the database means: for who tries again, and for who is told.</summary>
/// <remarks>SQLSTATE: PostgreSQL documentation, appendix A; SQLite's result codes.</remarks>
internal static class StorageFailures
{
    private const int SqliteReadOnly = 8;
    private const int SqliteFull = 13;

    /// <summary>The connection is gone: a pooled one, most often, whose server was restarted or failed over since. What was not committed was not done.</summary>
    public static bool IsBroken(Exception e) => e is DbException { InnerException: IOException } or DbException { SqlState: "57P01" or "57P02" or "25P03" or "08006" or "08003" };

    /// <summary>The server gave another transaction the right of way: deadlock, or a serialisation failure. Nothing was done.</summary>
    public static bool IsLost(Exception e) => e is DbException { SqlState: "40P01" or "40001" };

    /// <summary>Nothing can be written: a standby, a primary that was demoted, a file without leave to write.</summary>
    public static bool IsReadOnly(Exception? e) => e is PostgresException { SqlState: PostgresErrorCodes.ReadOnlySqlTransaction } or SqliteException { SqliteErrorCode: SqliteReadOnly };

    /// <summary>Its disk is full.</summary>
    public static bool IsFull(Exception? e) => e is PostgresException { SqlState: PostgresErrorCodes.DiskFull } or SqliteException { SqliteErrorCode: SqliteFull };

    /// <summary>It took too long: a statement, the wait for a lock, or an answer. Who tries again at once waits as long again.</summary>
    public static bool IsLate(Exception e) =>
        e is DbException { InnerException: TimeoutException } or PostgresException { SqlState: PostgresErrorCodes.QueryCanceled or PostgresErrorCodes.LockNotAvailable };
}
