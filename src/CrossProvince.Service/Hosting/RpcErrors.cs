using CrossProvince.Core.Identifiers;
using CrossProvince.Service.Identity;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Google.Rpc;
using Grpc.Core;
using Status = Google.Rpc.Status;

namespace CrossProvince.Service.Hosting;

/// <summary>Errors with google.rpc details: a reason for programs (ErrorInfo), a sentence for persons in both languages (LocalizedMessage), and what to do.</summary>
/// <remarks>The JSON interface sends the same content (<see cref="HttpErrors"/>). No text here holds a code, a name or a number of a person.</remarks>
internal static class RpcErrors
{
    /// <summary>The domain of every reason (ErrorInfo).</summary>
    public const string Domain = "crossprovince";

    /// <summary>A field of the request is wrong: BadRequest names it.</summary>
    /// <param name="field">The field, as the proto writes it.</param>
    /// <param name="zh">What is wrong with it, in Chinese, to be read after its name.</param>
    /// <param name="en">The same in English.</param>
    public static RpcException InvalidArgument(string field, string zh, string en)
    {
        var violation = new BadRequest.Types.FieldViolation { Field = field, Description = en, LocalizedMessage = Localized("zh-CN", zh) };
        var text = field.Length == 0 ? new LocalizedText(zh, en) : new LocalizedText($"{field} {zh}", $"{field} {en}");
        return Make(Code.InvalidArgument, "FIELD_INVALID", text, new BadRequest { FieldViolations = { violation } });
    }

    /// <summary>Nobody is known to be calling, or not well enough.</summary>
    public static RpcException Refused(CallerRefusal refusal) => refusal.RetryAfter is { } wait
        ? Unavailable(refusal.Reason, refusal.Text.Zh, refusal.Text.En, wait)
        : Make(Code.Unauthenticated, refusal.Reason, refusal.Text);

    /// <summary>The caller may not do this.</summary>
    public static RpcException PermissionDenied(string reason, string zh, string en) => Make(Code.PermissionDenied, reason, new LocalizedText(zh, en));

    /// <summary>There is no such thing.</summary>
    public static RpcException NotFound(string reason, string zh, string en) => Make(Code.NotFound, reason, new LocalizedText(zh, en));

    /// <summary>The state of things does not allow it.</summary>
    /// <param name="reason">UPPER_SNAKE_CASE, for programs.</param>
    /// <param name="zh">For persons.</param>
    /// <param name="en">For persons.</param>
    public static RpcException FailedPrecondition(string reason, string zh, string en) => Make(Code.FailedPrecondition, reason, new LocalizedText(zh, en));

    /// <summary>Not now; try again after a while (RetryInfo).</summary>
    public static RpcException Unavailable(string reason, string zh, string en, TimeSpan retryAfter) =>
        Make(Code.Unavailable, reason, new LocalizedText(zh, en), Retry(retryAfter));

    /// <summary>Too much at once; try again after a while (RetryInfo).</summary>
    public static RpcException ResourceExhausted(string reason, string zh, string en, TimeSpan retryAfter) =>
        Make(Code.ResourceExhausted, reason, new LocalizedText(zh, en), Retry(retryAfter));

    /// <summary>More than is ever taken: trying again does not help, so there is no RetryInfo.</summary>
    public static RpcException TooLarge(string reason, string zh, string en) => Make(Code.ResourceExhausted, reason, new LocalizedText(zh, en));

    /// <summary>The call's time was over before the work was begun.</summary>
    public static RpcException DeadlineExceeded() => Make(
        Code.DeadlineExceeded, "DEADLINE_EXCEEDED", new LocalizedText("已超过时限，未作处理。请重试。", "The deadline passed before the work was begun; nothing was done. Try again."));

    /// <summary>A mistake of the node's own.</summary>
    /// <param name="requestId">Leads to it in the log (RequestInfo).</param>
    public static RpcException Internal(string requestId) => Make(
        Code.Internal,
        "INTERNAL",
        new LocalizedText("节点程序出错，未得出任何结论；请把请求编号告知运维人员。", "The node made a mistake; its log says which. No decision was reached."),
        new RequestInfo { RequestId = requestId });

    /// <summary>An error whose status is known and whose details are not: what the gRPC library answers by itself.</summary>
    public static RpcException Plain(StatusCode code, string reason, string zh, string en) => Make((Code)(int)code, reason, new LocalizedText(zh, en));

    private static RetryInfo Retry(TimeSpan after) => new() { RetryDelay = Duration.FromTimeSpan(after) };

    private static LocalizedMessage Localized(string locale, string text) => new() { Locale = locale, Message = text };

    private static RpcException Make(Code code, string reason, LocalizedText text, IMessage? more = null)
    {
        var status = new Status { Code = (int)code, Message = text.En };
        if (more is not null)
        {
            status.Details.Add(Any.Pack(more));
        }

        status.Details.Add(Any.Pack(new ErrorInfo { Domain = Domain, Reason = reason }));
        status.Details.Add(Any.Pack(Localized("zh-CN", text.Zh)));
        status.Details.Add(Any.Pack(Localized("en", text.En)));
        return status.ToRpcException();
    }
}
