using Google.Protobuf.WellKnownTypes;
using Google.Rpc;
using Grpc.Core;

namespace CrossProvince.Service.Hosting;

/// <summary>gRPC errors with google.rpc details: what is wrong, where, and what to do.</summary>
internal static class RpcErrors
{
    private const string Domain = "crossprovince";

    /// <summary>A field of the request is wrong.</summary>
    public static RpcException InvalidArgument(string field, string problem) => Make(
        Code.InvalidArgument, $"{field} {problem}", new BadRequest { FieldViolations = { new BadRequest.Types.FieldViolation { Field = field, Description = problem } } });

    /// <summary>Nobody is known to be calling.</summary>
    public static RpcException Unauthenticated(string problem) => Make(Code.Unauthenticated, problem, Info("UNAUTHENTICATED"));

    /// <summary>The caller may not do this.</summary>
    public static RpcException PermissionDenied(string problem) => Make(Code.PermissionDenied, problem, Info("PERMISSION_DENIED"));

    /// <summary>There is no such thing.</summary>
    public static RpcException NotFound(string problem) => Make(Code.NotFound, problem, Info("NOT_FOUND"));

    /// <summary>The state of things does not allow it.</summary>
    /// <param name="reason">UPPER_SNAKE_CASE, for programs.</param>
    /// <param name="problem">For persons.</param>
    public static RpcException FailedPrecondition(string reason, string problem) => Make(Code.FailedPrecondition, problem, Info(reason));

    /// <summary>Not now; try again after a while.</summary>
    public static RpcException Unavailable(string problem, TimeSpan retryAfter) => Make(Code.Unavailable, problem, new RetryInfo { RetryDelay = Duration.FromTimeSpan(retryAfter) });

    /// <summary>Too much at once; try again after a while.</summary>
    public static RpcException ResourceExhausted(string problem, TimeSpan retryAfter) =>
        Make(Code.ResourceExhausted, problem, new RetryInfo { RetryDelay = Duration.FromTimeSpan(retryAfter) });

    private static ErrorInfo Info(string reason) => new() { Domain = Domain, Reason = reason };

    private static RpcException Make(Code code, string message, Google.Protobuf.IMessage detail) =>
        new Google.Rpc.Status { Code = (int)code, Message = message, Details = { Any.Pack(detail) } }.ToRpcException();
}
