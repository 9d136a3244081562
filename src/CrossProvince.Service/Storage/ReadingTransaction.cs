using System.Data.Common;

namespace CrossProvince.Service.Storage;

/// <summary>Reads the database as it stands at one moment, however long that takes and whatever is written meanwhile.</summary>
internal sealed class ReadingTransaction(DbConnection connection, DbTransaction transaction) : IAsyncDisposable
{
    /// <summary>To read through; every command names <see cref="Transaction"/>.</summary>
    public DbConnection Connection => connection;

    /// <summary>The transaction.</summary>
    public DbTransaction Transaction => transaction;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await transaction.DisposeAsync();
        await connection.DisposeAsync();
    }
}
