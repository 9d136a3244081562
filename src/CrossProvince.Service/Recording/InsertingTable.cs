using System.Data.Common;
using System.Globalization;
using CrossProvince.Core.Identifiers;
using CrossProvince.Service.Storage;
using CrossProvince.Service.Verifying;
using Microsoft.Data.Sqlite;

namespace CrossProvince.Service.Recording;

/// <summary>Writes records by one statement that is prepared once, in a transaction of the group commit: for a database that has one writer at a time.</summary>
internal sealed class InsertingTable(Database database, RegionCode own, RecordedRequests requests, GroupCommit commits) : IVerificationTable
{
    // SQLITE_TOOBIG, SQLITE_CONSTRAINT, SQLITE_MISMATCH: about values, not about the file.
    private static readonly int[] s_refusals = [18, 19, 20];

    private static readonly string s_insert =
        $"INSERT INTO verifications ({string.Join(", ", RecordFormat.Columns)}) VALUES ({string.Join(", ", RecordFormat.Columns.Select(c => $"@{c}"))}) ON CONFLICT (time, verification_id) DO NOTHING";

    /// <inheritdoc/>
    public int MostRecords => 1_000;

    /// <inheritdoc/>
    public async Task WriteAsync(RecordBatch records, CancellationToken cancellation)
    {
        try
        {
            await commits.RunAsync(transaction => InsertAsync(database, own, requests, transaction, records), cancellation);
        }
        catch (StorageException e) when (e.InnerException is SqliteException refusal && s_refusals.Contains(refusal.SqliteErrorCode))
        {
            throw new RecordsRefusedException(refusal.SqliteExtendedErrorCode.ToString(CultureInfo.InvariantCulture), refusal);
        }
    }

    /// <summary>Writes records one by one; those that are new are counted and noted to be reported, others stay as they are.</summary>
    public static async Task InsertAsync(Database database, RegionCode own, RecordedRequests requests, DbTransaction transaction, RecordBatch records)
    {
        await using var command = transaction.Connection!.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = s_insert;
        foreach (var column in RecordFormat.Columns)
        {
            var parameter = command.CreateParameter();

            // With its sign: SQLite's driver would look for it under each sign in turn, for every row.
            parameter.ParameterName = $"@{column}";
            command.Parameters.Add(parameter);
        }

        var counts = new VerificationCounts();
        var uses = new OwedUses(own);
        for (var i = 0; i < records.Count; i++)
        {
            Set(command.Parameters, records.Read(i));
            if (await command.ExecuteNonQueryAsync() > 0)
            {
                var (time, key) = RecordFormat.ReadCounted(records.Row(i));
                counts.Add(time, key);
                uses.Add(records.Row(i));
            }
        }

        await requests.WriteAsync(records, transaction);
        await uses.WriteAsync(transaction);
        await counts.WriteAsync(database, transaction);
    }

    /// <summary>In the order of the columns.</summary>
    private static void Set(DbParameterCollection parameters, VerificationRecord record)
    {
        object?[] values =
        [
            record.VerificationId, record.Time, record.Caller, record.OnBehalfOf, record.VerifierRegion, record.TerminalId, record.MatterCode, record.CaseNumber,
            record.RequestId, record.RequestDigest, record.Scenario, (int)record.Verdict, (int)record.Reason, record.IssuingRegion, record.TypeNumber, record.ListNumber,
            record.ListIndex, record.Showing, record.CodeNumber, record.Presenter, record.Specimen, record.StatusAsOf, record.Stale, record.TrustVersion,
            record.TrustStale, record.Repeated, record.Mode, record.Disclosed,
        ];
        for (var i = 0; i < values.Length; i++)
        {
            parameters[i].Value = values[i] ?? DBNull.Value;
        }
    }
}
