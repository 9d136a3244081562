using CrossProvince.Core.Identifiers;
using Grpc.Core;

namespace CrossProvince.Client.Connecting;

/// <summary>A node reached no decision, or could not be asked. Never a refusal of a code: that is an ordinary answer.</summary>
public sealed class NodeException : Exception
{
    /// <summary>States what went wrong.</summary>
    /// <param name="failure">How the call failed.</param>
    /// <param name="statusCode">The gRPC status.</param>
    /// <param name="field">The field at fault, when the node named one.</param>
    /// <param name="text">What is wrong and what to do, in both languages.</param>
    /// <param name="retryAfter">When to try again, when the node said so.</param>
    /// <param name="reason">The node's own name for the cause, such as SHOWING_USED, when it gave one.</param>
    /// <param name="cause">What was thrown.</param>
    public NodeException(
        NodeFailure failure,
        StatusCode statusCode,
        string? field,
        LocalizedText text,
        TimeSpan? retryAfter = null,
        string? reason = null,
        Exception? cause = null)
        : base(field is null ? text.En : $"{field}: {text.En}", cause)
    {
        Failure = failure;
        StatusCode = statusCode;
        Field = field;
        Text = text;
        RetryAfter = retryAfter;
        Reason = reason;
    }

    /// <summary>How the call failed.</summary>
    public NodeFailure Failure { get; }

    /// <summary>The gRPC status.</summary>
    public StatusCode StatusCode { get; }

    /// <summary>The field at fault, when the node named one.</summary>
    public string? Field { get; }

    /// <summary>What is wrong and what to do, without the field.</summary>
    public LocalizedText Text { get; }

    /// <summary>When to try again, when the node said so.</summary>
    public TimeSpan? RetryAfter { get; }

    /// <summary>The node's own name for the cause (google.rpc.ErrorInfo), for programs, when it gave one.</summary>
    public string? Reason { get; }
}
