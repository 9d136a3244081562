using System.Globalization;
using CrossProvince.Contracts.Operations.V1;
using CrossProvince.Contracts.Verification.V1;
using CrossProvince.Core.Catalogue;
using CrossProvince.Core.Verification;
using CrossProvince.Service.Presenting;
using CrossProvince.Service.Verifying;
using Google.Protobuf.WellKnownTypes;
using UndeterminedReason = CrossProvince.Core.Verification.UndeterminedReason;
using Verdict = CrossProvince.Core.Verification.Verdict;

namespace CrossProvince.Service.Operations;

/// <summary>Writes records and figures as the contract has them.</summary>
internal sealed class OperationsAnswers(LicenceCatalogue catalogue)
{
    public RecordedVerification Write(RecordedRow row)
    {
        var verdict = (Verdict)row.Verdict;
        var reason = (UndeterminedReason)row.Reason;
        var words = VerdictTexts.For(verdict, reason);
        var record = new RecordedVerification
        {
            VerificationId = row.VerificationId,
            VerifiedAt = Milliseconds(row.Time),
            TerminalId = row.TerminalId,
            MatterCode = row.MatterCode,
            CaseNumber = row.CaseNumber,
            Verdict = WireVerdicts.From(verdict),
            Reason = WireVerdicts.From(reason),
            Message = new Message { Zh = words.Zh, En = words.En },
            TrustListVersion = row.TrustVersion,
            TrustStale = row.TrustStale,
            Repeated = row.Repeated,
            Mode = (VerificationMode)row.Mode,
            DisclosedFields = { row.Disclosed.Split(',', StringSplitOptions.RemoveEmptyEntries) },
        };

        // Region 0: the signature did not hold, and nothing of the code was recorded.
        if (row.IssuingRegion != 0)
        {
            record.Scenario = ScenarioId(row.Scenario);
            record.IssuingRegion = Region(row.IssuingRegion);
            record.LicenceType = TypeId(row.TypeNumber);
            record.Presenter = WireDisplay.From((Core.Presentation.Presenter)row.Presenter);
            record.Specimen = row.Specimen;
            record.Stale = row.Stale;
        }

        if (row.StatusAsOf != 0)
        {
            record.StatusAsOf = Milliseconds(row.StatusAsOf);
        }

        return record;
    }

    public GetStatisticsResponse Write(CountedSpan span, long waiting) => new()
    {
        From = Seconds(span.From),
        Until = Seconds(span.Until),
        BucketSeconds = span.Span,
        Total = span.Total,
        Buckets =
        {
            span.Times.GroupBy(time => time.Start).OrderBy(bucket => bucket.Key).Select(bucket => new TimeBucket
            {
                Start = Seconds(bucket.Key),
                Verdicts = { bucket.OrderByDescending(time => time.Count).ThenBy(time => time.Verdict).Select(time => Count(time.Verdict, time.Reason, time.Count)) },
            }),
        },
        Verdicts =
        {
            span.Cells.GroupBy(cell => (cell.Verdict, cell.Reason)).Select(verdict => Count(verdict.Key.Verdict, verdict.Key.Reason, verdict.Sum(cell => cell.Count)))
                .OrderByDescending(verdict => verdict.Count).ThenBy(verdict => verdict.Verdict),
        },
        RegionPairs =
        {
            span.Cells.GroupBy(cell => (cell.VerifierRegion, cell.IssuingRegion)).Select(pair => new RegionPairCount
            {
                VerifierRegion = Region(pair.Key.VerifierRegion),
                IssuingRegion = Region(pair.Key.IssuingRegion),
                Total = pair.Sum(cell => cell.Count),
                Valid = Valid(pair),
            }).OrderByDescending(pair => pair.Total).ThenBy(pair => pair.VerifierRegion, StringComparer.Ordinal).ThenBy(pair => pair.IssuingRegion, StringComparer.Ordinal),
        },
        Scenarios = { ById(span.Cells.GroupBy(ScenarioId)) },
        LicenceTypes = { ById(span.Cells.GroupBy(TypeId)) },
        WaitingRecords = waiting,
    };

    /// <summary>The lines of a report; verdicts of what has no scenario or type of its own are lines too.</summary>
    public IEnumerable<ReportLine> Lines(CountedSpan span) => span.Cells
        .Select(cell => new ReportLine
        {
            VerifierRegion = Region(cell.VerifierRegion),
            IssuingRegion = Region(cell.IssuingRegion),
            Scenario = ScenarioId(cell),
            LicenceType = TypeId(cell),
            Verdict = WireVerdicts.From((Verdict)cell.Verdict),
            Reason = WireVerdicts.From((UndeterminedReason)cell.Reason),
            Count = cell.Count,
        })
        .OrderBy(line => line.VerifierRegion, StringComparer.Ordinal).ThenBy(line => line.IssuingRegion, StringComparer.Ordinal)
        .ThenBy(line => line.Scenario, StringComparer.Ordinal).ThenBy(line => line.LicenceType, StringComparer.Ordinal)
        .ThenBy(line => line.Verdict).ThenBy(line => line.Reason);

    public static Timestamp Seconds(long unixSeconds) => Milliseconds(unixSeconds * 1_000);

    public static Timestamp Milliseconds(long unixMilliseconds) => Timestamp.FromDateTimeOffset(DateTimeOffset.FromUnixTimeMilliseconds(unixMilliseconds));

    private static IEnumerable<IdCount> ById(IEnumerable<IGrouping<string, Cell>> groups) => groups
        .Select(group => new IdCount { Id = group.Key, Total = group.Sum(cell => cell.Count), Valid = Valid(group) })
        .OrderByDescending(count => count.Total).ThenBy(count => count.Id, StringComparer.Ordinal);

    private static long Valid(IEnumerable<Cell> cells) => cells.Where(cell => cell.IsValid).Sum(cell => cell.Count);

    private static VerdictCount Count(long verdict, long reason, long count) =>
        new() { Verdict = WireVerdicts.From((Verdict)verdict), Reason = WireVerdicts.From((UndeterminedReason)reason), Count = count };

    private static string Region(long region) => region == 0 ? "" : region.ToString("D6", CultureInfo.InvariantCulture);

    private string ScenarioId(Cell cell) => cell.IssuingRegion == 0 ? "" : ScenarioId(cell.Scenario);

    private string TypeId(Cell cell) => cell.IssuingRegion == 0 ? "" : TypeId(cell.TypeNumber);

    /// <summary>What a later catalogue no longer names keeps its number.</summary>
    private string ScenarioId(long number) => catalogue.FindScenario((int)number)?.Id ?? number.ToString(CultureInfo.InvariantCulture);

    private string TypeId(long number) => catalogue.FindType((int)number)?.Id ?? number.ToString(CultureInfo.InvariantCulture);
}
