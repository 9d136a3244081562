using Google.Rpc;
using Grpc.Core;

namespace CrossProvince.Cli.Conformance;

/// <summary>Judges the errors of a node: the status, and the details that every error must carry.</summary>
internal static class ErrorForm
{
    /// <summary>Calls, and holds the error against what it should be.</summary>
    /// <param name="call">What must fail.</param>
    /// <param name="status">With which status.</param>
    /// <param name="field">The field that it must name; null where it names none.</param>
    internal static async Task<Finding> OfAsync(Func<Task> call, StatusCode status, string? field = null)
    {
        try
        {
            await call();
            return Finding.Of(false, "it was answered without an error");
        }
        catch (RpcException e)
        {
            return Judge(e, status, field);
        }
    }

    /// <summary>Holds an error against what it should be.</summary>
    internal static Finding Judge(RpcException error, StatusCode status, string? field = null)
    {
        var details = error.GetRpcStatus();
        var violations = details?.GetDetail<BadRequest>()?.FieldViolations.Select(violation => violation.Field).ToArray() ?? [];
        var seen = $"{Name(error.StatusCode)}{(violations.Length > 0 ? $" ({string.Join(", ", violations)})" : "")}{(details?.GetDetail<ErrorInfo>() is { } info ? $" {info.Reason}" : "")}";
        if (error.StatusCode != status)
        {
            return Finding.Of(false, $"{seen}: {error.Status.Detail}");
        }

        return Missing(details, status, field, violations) is { } missing ? Finding.Of(false, $"{seen}, but {missing}") : Finding.Of(true, seen);
    }

    /// <summary>INVALID_ARGUMENT.</summary>
    internal static string Name(StatusCode code) => string.Concat(code.ToString().Select((c, i) => i > 0 && char.IsUpper(c) ? $"_{c}" : char.ToUpperInvariant(c).ToString()));

    private static string? Missing(Google.Rpc.Status? details, StatusCode status, string? field, string[] violations)
    {
        if (details is null)
        {
            return "without google.rpc.Status in grpc-status-details-bin";
        }

        if (details.GetDetail<ErrorInfo>() is not { Reason.Length: > 0 })
        {
            return "without an ErrorInfo that gives the reason";
        }

        var languages = details.Details.Where(detail => detail.Is(LocalizedMessage.Descriptor)).Select(detail => detail.Unpack<LocalizedMessage>().Locale).ToArray();
        if (!languages.Contains("zh-CN") || !languages.Contains("en"))
        {
            return "without a LocalizedMessage in zh-CN and one in en";
        }

        return status switch
        {
            StatusCode.InvalidArgument when field is not null && !violations.Contains(field) => $"without a BadRequest that names {field}",
            StatusCode.ResourceExhausted or StatusCode.Unavailable when details.GetDetail<RetryInfo>()?.RetryDelay?.ToTimeSpan() is not { Ticks: > 0 } => "without a RetryInfo that says when to come again",
            _ => null,
        };
    }
}
