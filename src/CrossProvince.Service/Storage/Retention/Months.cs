using System.Data.Common;

namespace CrossProvince.Service.Storage.Retention;

/// <summary>How a database keeps <see cref="MonthlyTable"/>s by month, and lets go of whole months.</summary>
internal abstract class Months
{
    /// <summary>As a database needs it.</summary>
    /// <param name="database">The database.</param>
    /// <param name="commits">Its writer.</param>
    public static Months Of(Database database, GroupCommit commits) => database.File is null ? new PostgresMonths(database) : new SqliteMonths(database, commits);

    /// <summary>Makes room for months, where rows need that; what is there already stays. Safe at several nodes at once.</summary>
    /// <param name="table">The table.</param>
    /// <param name="first">The first month.</param>
    /// <param name="last">The last.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="DbException">The database failed.</exception>
    public abstract Task MakeAsync(MonthlyTable table, DateOnly first, DateOnly last, CancellationToken cancellation);

    /// <summary>Whether there is anything of before a month; costs next to nothing.</summary>
    /// <inheritdoc cref="DropAsync"/>
    public abstract Task<bool> AnyAsync(MonthlyTable table, DateOnly before, CancellationToken cancellation);

    /// <summary>Counts the rows of before a month, which takes its time.</summary>
    /// <inheritdoc cref="DropAsync"/>
    public abstract Task<long> CountAsync(MonthlyTable table, DateOnly before, CancellationToken cancellation);

    /// <summary>Drops what is of before a month; never a row that is not.</summary>
    /// <param name="table">The table.</param>
    /// <param name="before">The first month that stays.</param>
    /// <param name="cancellation">Gives up; what was dropped by then stays dropped.</param>
    /// <returns>How many rows there were.</returns>
    /// <exception cref="DbException">The database failed, or somebody reads a month just now; to be tried again later.</exception>
    /// <exception cref="StorageException">The database is away.</exception>
    public abstract Task<long> DropAsync(MonthlyTable table, DateOnly before, CancellationToken cancellation);
}
