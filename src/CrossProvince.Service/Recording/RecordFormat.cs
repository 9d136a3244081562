using CrossProvince.Core.Verification;
using CrossProvince.Service.Federation.Reporting;
using CrossProvince.Service.Verifying;

namespace CrossProvince.Service.Recording;

/// <summary>A record as the spool keeps it: a byte for the version, then the row as PostgreSQL's binary COPY takes it.</summary>
/// <remarks>
/// So a record is encoded once, and what is drained into PostgreSQL is passed on as it lies in the file. PostgreSQL documentation, COPY, "Binary Format". The order of
/// columns belongs to the version: another order, or another column, is another version.
/// </remarks>
internal static class RecordFormat
{
    /// <summary>Bytes before the row.</summary>
    public const int Prefix = 1;

    public const byte Version = 1;

    /// <summary>Columns of version 1, in order.</summary>
    public static readonly IReadOnlyList<string> Columns =
    [
        "verification_id", "time", "caller", "on_behalf_of", "verifier_region", "terminal_id", "matter_code", "case_number", "request_id", "request_digest",
        "scenario", "verdict", "reason", "issuing_region", "type_number", "list_number", "list_index", "showing", "code_number", "presenter", "specimen",
        "status_as_of", "stale", "trust_version", "trust_stale", "repeated", "mode", "disclosed",
    ];

    // Version, count of columns, a length for each column, 11 numbers of 4 bytes, 4 of 8, 4 of 1.
    private const int FixedBytes = Prefix + 2 + (28 * 4) + (11 * 4) + (4 * 8) + 4;
    private const int LongestCharacter = 3;

    /// <summary>No record takes more bytes than this.</summary>
    public static int Bound(VerificationRecord record) => FixedBytes + (record.RequestDigest?.Length ?? 0) + (LongestCharacter * (
        record.VerificationId.Length + record.Caller.Length + record.OnBehalfOf.Length + record.TerminalId.Length + record.MatterCode.Length
        + record.CaseNumber.Length + (record.RequestId?.Length ?? 0) + record.Disclosed.Length));

    /// <summary>Writes a record.</summary>
    /// <returns>How many bytes it took.</returns>
    public static int Write(Span<byte> destination, VerificationRecord record)
    {
        destination[0] = Version;
        var row = new RowWriter(destination[Prefix..], Columns.Count);
        row.Text(record.VerificationId);
        row.Int64(record.Time);
        row.Text(record.Caller);
        row.Text(record.OnBehalfOf);
        row.Int32(record.VerifierRegion);
        row.Text(record.TerminalId);
        row.Text(record.MatterCode);
        row.Text(record.CaseNumber);
        row.Text(record.RequestId);
        row.Bytes(record.RequestDigest);
        row.Int32(record.Scenario);
        row.Int32((int)record.Verdict);
        row.Int32((int)record.Reason);
        row.Int32(record.IssuingRegion);
        row.Int32(record.TypeNumber);
        row.Int32(record.ListNumber);
        row.Int32(record.ListIndex);
        row.Int64(record.Showing);
        row.Int32(record.CodeNumber);
        row.Int32(record.Presenter);
        row.Boolean(record.Specimen);
        row.Int64(record.StatusAsOf);
        row.Boolean(record.Stale);
        row.Int64(record.TrustVersion);
        row.Boolean(record.TrustStale);
        row.Boolean(record.Repeated);
        row.Int32(record.Mode);
        row.Text(record.Disclosed);
        return Prefix + row.Length;
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <exception cref="FormatException">It is of another version, or nothing of the kind.</exception>
    public static VerificationRecord Read(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty || bytes[0] != Version)
        {
            throw new FormatException("A record of the spool has another version than this program's.");
        }

        return ReadRow(bytes[Prefix..]);
    }

    /// <summary>Reads of a row when it was made, Unix milliseconds, and what it is counted by.</summary>
    public static (long Time, CountedAs Key) ReadCounted(ReadOnlySpan<byte> bytes)
    {
        var row = new RowReader(bytes, Columns.Count);
        row.Skip(1);
        var time = row.Int64();
        row.Skip(2);
        var verifier = row.Int32();
        row.Skip(5);
        var (scenario, verdict, reason) = (row.Int32(), row.Int32(), row.Int32());
        return (time, new CountedAs(verifier, row.Int32(), row.Int32(), scenario, verdict, reason));
    }

    /// <summary>Reads of a row who verified, whose code, and what that region hears of it.</summary>
    public static RecordedUse ReadUse(ReadOnlySpan<byte> bytes, out int verifierRegion, out int issuingRegion)
    {
        var row = new RowReader(bytes, Columns.Count);
        var id = row.Utf8();
        var time = row.Int64();
        var caller = row.Utf8();
        var onBehalfOf = row.Utf8();
        verifierRegion = row.Int32();
        var terminal = row.Utf8();
        row.Skip(4);
        var (scenario, verdict) = (row.Int32(), row.Int32());
        row.Skip(1);
        issuingRegion = row.Int32();
        row.Skip(1);
        var (list, index, showing, code, presenter) = (row.Int32(), row.Int32(), row.Int64(), row.Int32(), row.Int32());
        row.Skip(5);
        return new RecordedUse
        {
            VerificationId = id,
            Time = time,
            Caller = caller,
            OnBehalfOf = onBehalfOf,
            TerminalId = terminal,
            Scenario = scenario,
            Verdict = verdict,
            ListNumber = list,
            ListIndex = index,
            Showing = showing,
            CodeNumber = code,
            Presenter = presenter,
            Repeated = row.Boolean(),
            Mode = row.Int32(),
            Disclosed = row.Utf8(),
        };
    }

    /// <summary>Reads of a row whose request it answered, UTF-8.</summary>
    /// <returns>False when the request had no id.</returns>
    public static bool TryReadRequest(ReadOnlySpan<byte> bytes, out ReadOnlySpan<byte> caller, out ReadOnlySpan<byte> requestId)
    {
        var row = new RowReader(bytes, Columns.Count);
        row.Skip(2);
        caller = row.Take();
        row.Skip(5);
        return row.TryTake(out requestId);
    }

    /// <summary>Reads the row alone.</summary>
    public static VerificationRecord ReadRow(ReadOnlySpan<byte> bytes)
    {
        // In the order of the columns: initialisers are evaluated as they stand.
        var row = new RowReader(bytes, Columns.Count);
        return new VerificationRecord
        {
            VerificationId = row.Text()!,
            Time = row.Int64(),
            Caller = row.Text()!,
            OnBehalfOf = row.Text()!,
            VerifierRegion = row.Int32(),
            TerminalId = row.Text()!,
            MatterCode = row.Text()!,
            CaseNumber = row.Text()!,
            RequestId = row.Text(),
            RequestDigest = row.Bytes(),
            Scenario = row.Int32(),
            Verdict = (Verdict)row.Int32(),
            Reason = (UndeterminedReason)row.Int32(),
            IssuingRegion = row.Int32(),
            TypeNumber = row.Int32(),
            ListNumber = row.Int32(),
            ListIndex = row.Int32(),
            Showing = row.Int64(),
            CodeNumber = row.Int32(),
            Presenter = row.Int32(),
            Specimen = row.Boolean(),
            StatusAsOf = row.Int64(),
            Stale = row.Boolean(),
            TrustVersion = row.Int64(),
            TrustStale = row.Boolean(),
            Repeated = row.Boolean(),
            Mode = row.Int32(),
            Disclosed = row.Text()!,
        };
    }
}
