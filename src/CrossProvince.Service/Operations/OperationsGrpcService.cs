using System.Globalization;
using CrossProvince.Contracts.Operations.V1;
using CrossProvince.Core.Verification;
using CrossProvince.Service.Hosting;
using CrossProvince.Service.Identity;
using CrossProvince.Service.Presenting;
using CrossProvince.Service.Recording;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;

namespace CrossProvince.Service.Operations;

/// <summary>Records of an operator's own organisation; figures and state for who runs the nodes.</summary>
internal sealed class OperationsGrpcService(
    Callers callers, VerificationHistory history, Figures figures, LiveFigures live, NodeOverview overview, OperationsAnswers answers, RecordedReceipts receipts, VerificationSpool spool, NodeSettings node, TrustedClock clock)
    : OperationsService.OperationsServiceBase
{
    private const int DefaultPage = 50;
    private const int LargestPage = 500;
    private const int LongestText = 64;
    private const long LongestSearchMilliseconds = 31L * 24 * 3_600_000;
    private const long LongestSpanSeconds = 366L * 24 * 3_600;
    private const long DefaultSpanSeconds = 24 * 3_600;
    private const int ChinaHours = 8;

    /// <summary>Some time of the year 9998, Unix seconds: what is added to it stays in the calendar.</summary>
    private const long EndOfTime = 253_370_000_000;

    public override async Task<SearchVerificationsResponse> SearchVerifications(SearchVerificationsRequest request, ServerCallContext context)
    {
        var caller = RequireOperator(context);
        var (rows, next) = await history.SearchAsync(ReadSearch(request, caller.Organisation), context.CancellationToken);
        return new SearchVerificationsResponse { Verifications = { rows.Select(answers.Write) }, NextPageToken = next };
    }

    public override async Task<GetVerificationResponse> GetVerification(GetVerificationRequest request, ServerCallContext context)
    {
        var caller = RequireOperator(context);
        if (request.VerificationId.Length != 32 || !request.VerificationId.All(char.IsAsciiHexDigit))
        {
            throw RpcErrors.InvalidArgument("verification_id", "须为 32 位十六进制数字。", "must be 32 hexadecimal digits.");
        }

        var row = await history.FindAsync(caller.Organisation, request.VerificationId.ToLowerInvariant(), context.CancellationToken)
            ?? throw RpcErrors.NotFound("VERIFICATION_NOT_FOUND", "本机构没有这一编号的核验记录。", "Your organisation has no verification with this id.");
        var answer = new GetVerificationResponse { Verification = answers.Write(row) };
        if (request.WantReceipt)
        {
            answer.Verification.Receipt = receipts.Sign(row);
        }

        return answer;
    }

    public override async Task<GetStatisticsResponse> GetStatistics(GetStatisticsRequest request, ServerCallContext context)
    {
        RequireOperations(context);
        var now = clock.Now().UnixSeconds;
        var until = Milliseconds("until", request.Until) / 1_000 ?? now;
        var from = Milliseconds("from", request.From) / 1_000 ?? until - DefaultSpanSeconds;
        CheckSpan(from, until, LongestSpanSeconds, "366 天", "366 days");
        return answers.Write(await figures.CountAsync(from, until, now, context.CancellationToken), spool.Backlog);
    }

    public override async Task<GetReportResponse> GetReport(GetReportRequest request, ServerCallContext context)
    {
        RequireOperations(context);
        if (!DateOnly.TryParseExact(request.Month, "yyyy-MM", CultureInfo.InvariantCulture, DateTimeStyles.None, out var month) || month.Year is < 2000 or > 9998)
        {
            throw RpcErrors.InvalidArgument("month", "须为月份，如 2026-11。", "must be a month, such as 2026-11.");
        }

        var (from, until) = (BeginOf(month), BeginOf(month.AddMonths(1)));
        var span = await figures.CountAsync(VerificationCounts.Day, from, until, context.CancellationToken);
        var now = clock.Now().UnixMilliseconds;
        return new GetReportResponse
        {
            Month = request.Month,
            Region = node.Region.ToString(),
            From = OperationsAnswers.Seconds(from),
            Until = OperationsAnswers.Seconds(until),
            MadeAt = OperationsAnswers.Milliseconds(now),
            Complete = now >= until * 1_000 && spool.Backlog == 0,
            Total = span.Total,
            Valid = span.Valid,
            Lines = { answers.Lines(span) },
        };
    }

    public override Task<GetStateResponse> GetState(GetStateRequest request, ServerCallContext context)
    {
        RequireOperations(context);
        return Task.FromResult(overview.Read());
    }

    public override Task<GetLiveResponse> GetLive(GetLiveRequest request, ServerCallContext context)
    {
        RequireOperations(context);
        return Task.FromResult(new GetLiveResponse
        {
            Node = Environment.MachineName,
            SlotSeconds = LiveFigures.SlotSeconds,
            StartedAt = OperationsAnswers.Seconds(live.StartedAt),
            Slots =
            {
                live.Read().Select(slot => new LiveSlot
                {
                    Start = OperationsAnswers.Seconds(slot.Start),
                    Valid = slot.Valid,
                    Refused = slot.Refused,
                    Undetermined = slot.Undetermined,
                    P50Microseconds = slot.P50,
                    P95Microseconds = slot.P95,
                    P99Microseconds = slot.P99,
                }),
            },
        });
    }

    private Caller RequireOperator(ServerCallContext context)
    {
        var caller = callers.Require(context, CallerRole.Operator);
        Callers.RequireLevel(caller, node.Options.Tokens.Levels.Verify);
        return caller;
    }

    private void RequireOperations(ServerCallContext context)
    {
        var caller = callers.Require(context, CallerRole.Operator);
        Callers.RequireOperations(caller);
        Callers.RequireLevel(caller, node.Options.Tokens.Levels.Operate);
    }

    private VerificationSearch ReadSearch(SearchVerificationsRequest request, string organisation)
    {
        if (request.PageSize is < 0 or > LargestPage)
        {
            throw RpcErrors.InvalidArgument("page_size", $"须为 1 至 {LargestPage}，或 0 表示 {DefaultPage}。", $"must be 1 to {LargestPage}, or 0 for {DefaultPage}.");
        }

        if (!UsePage.TryParse(request.PageToken, out var page))
        {
            throw RpcErrors.InvalidArgument("page_token", "不是上一页答复中的 next_page_token。", "is not the next_page_token of a page.");
        }

        CheckText("terminal_id", request.TerminalId);
        CheckText("text", request.Text);
        if (!System.Enum.IsDefined(request.Verdict))
        {
            throw RpcErrors.InvalidArgument("verdict", "不是核验结果。", "is no verdict.");
        }

        var from = Milliseconds("from", request.From) ?? VerificationCounts.Begin(VerificationCounts.Day, clock.Now().UnixSeconds) * 1_000;
        var until = Milliseconds("until", request.Until);
        CheckSpan(from, until ?? from, LongestSearchMilliseconds, "31 天", "31 days");
        return new VerificationSearch(
            organisation, from, until ?? from + LongestSearchMilliseconds, request.TerminalId, request.Text, request.Verdict == 0 ? null : (Verdict)(int)request.Verdict, page,
            request.PageSize == 0 ? DefaultPage : request.PageSize);
    }

    private static void CheckText(string field, string text)
    {
        if (text.Length > LongestText || text.Any(char.IsControl))
        {
            throw RpcErrors.InvalidArgument(field, $"最多 {LongestText} 个字符，不得含控制字符。", $"must have at most {LongestText} characters, and no control characters.");
        }
    }

    private static void CheckSpan(long from, long until, long longest, string zh, string en)
    {
        if (until < from || until - from > longest)
        {
            throw RpcErrors.InvalidArgument("until", $"须在 from 之后，最多 {zh}。", $"must be after from, by at most {en}.");
        }
    }

    /// <summary>A moment of a request; JSON cannot name others, gRPC can.</summary>
    private static long? Milliseconds(string field, Timestamp? time) => time switch
    {
        null => null,
        { Seconds: >= 0 and < EndOfTime, Nanos: >= 0 and < 1_000_000_000 } => (time.Seconds * 1_000) + (time.Nanos / 1_000_000),
        _ => throw RpcErrors.InvalidArgument(field, "须在 1970 年至 9998 年之间。", "must lie between the years 1970 and 9998."),
    };

    private static long BeginOf(DateOnly month) => new DateTimeOffset(month, TimeOnly.MinValue, TimeSpan.FromHours(ChinaHours)).ToUnixTimeSeconds();
}
