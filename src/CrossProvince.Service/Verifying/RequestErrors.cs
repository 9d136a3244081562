using CrossProvince.Contracts.Verification.V1;
using CrossProvince.Service.Hosting;
using Grpc.Core;

namespace CrossProvince.Service.Verifying;

/// <summary>The error of one request, where it is the error of the whole call.</summary>
internal static class RequestErrors
{
    /// <summary>The error as gRPC has it.</summary>
    /// <param name="error">The error.</param>
    /// <param name="within">What stands before the field's name where the call's message has the request in a part of it.</param>
    public static RpcException ToException(RequestError error, string within = "") => (StatusCode)error.Code == StatusCode.PermissionDenied
        ? RpcErrors.PermissionDenied("FIELD_NOT_ALLOWED", $"{within}{error.Field} {error.Text.Zh}", $"{within}{error.Field} {error.Text.En}")
        : RpcErrors.InvalidArgument(within + error.Field, error.Text.Zh, error.Text.En);
}
