using System.Data.Common;
using CrossProvince.Service.Storage;

namespace CrossProvince.Service.Recording;

/// <summary>The database's table of verifications, as the spool fills it.</summary>
internal interface IVerificationTable
{
    /// <summary>As many records as it takes at once without keeping others waiting for long.</summary>
    int MostRecords { get; }

    /// <summary>Writes records, in order, all or none; those that are there already stay as they are.</summary>
    /// <exception cref="RecordsRefusedException">The database refuses one of them whatever is done.</exception>
    /// <exception cref="StorageException">The database is away or failed; asking again is right.</exception>
    /// <exception cref="DbException">Same.</exception>
    Task WriteAsync(RecordBatch records, CancellationToken cancellation);
}

/// <summary>The database refuses the content of a record.</summary>
/// <param name="code">Its own code for the reason.</param>
/// <param name="inner">What it said, which may repeat values and is not to be logged.</param>
internal sealed class RecordsRefusedException(string code, Exception inner) : Exception("The database refuses a record.", inner)
{
    public string Code { get; } = code;
}
