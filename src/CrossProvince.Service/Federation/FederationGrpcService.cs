using CrossProvince.Contracts.Federation.V1;
using CrossProvince.Contracts.Verification.V1;
using CrossProvince.Service.Federation.Reporting;
using CrossProvince.Service.Hosting;
using CrossProvince.Service.Identity;
using CrossProvince.Service.StatusIndex;
using CrossProvince.Service.Verifying;
using Grpc.Core;

namespace CrossProvince.Service.Federation;

/// <summary>What other regions' nodes ask this one.</summary>
internal sealed class FederationGrpcService(Callers callers, Verifications verifications, StatusWatches watches, ReportIntake reports, NodeSettings node) : FederationService.FederationServiceBase
{
    public override async Task<DiscloseResponse> Disclose(DiscloseRequest request, ServerCallContext context) =>
        new() { Verification = await VerifyAsync(request.Showing, ScanDemand.Disclose, context) };

    public override async Task<RedeemResponse> Redeem(RedeemRequest request, ServerCallContext context) =>
        new() { Verification = await VerifyAsync(request.Showing, ScanDemand.Redeem, context) };

    public override Task WatchStatus(WatchStatusRequest request, IServerStreamWriter<WatchStatusResponse> responseStream, ServerCallContext context) =>
        watches.WatchAsync(request, responseStream, () => RequireNode(context), context.CancellationToken);

    public override Task GetStatusSnapshot(GetStatusSnapshotRequest request, IServerStreamWriter<GetStatusSnapshotResponse> responseStream, ServerCallContext context) =>
        watches.SendSnapshotAsync(request, responseStream, () => RequireNode(context), context.CancellationToken);

    public override Task<ReportVerificationsResponse> ReportVerifications(IAsyncStreamReader<ReportVerificationsRequest> requestStream, ServerCallContext context) =>
        reports.TakeAsync(requestStream, () => RequireNode(context), context.CancellationToken);

    /// <summary>The whole code is verified like any other that is scanned here; only who asks, and for what, differs.</summary>
    private async Task<Verification> VerifyAsync(Showing? showing, ScanDemand demand, ServerCallContext context)
    {
        var caller = RequireNode(context);
        var result = (await verifications.VerifyAsync(caller, [(showing ?? new Showing()).ToVerifyRequest()], demand, context.CancellationToken))[0];
        return result.Error is { } error ? throw RequestErrors.ToException(error, "showing.") : result.Verification;
    }

    /// <summary>Another region's node, by its certificate.</summary>
    private Caller RequireNode(ServerCallContext context)
    {
        var caller = callers.Require(context, CallerRole.Node);
        return caller.Region != node.Region
            ? caller
            : throw RpcErrors.PermissionDenied("OWN_REGION", "此接口只供其他地区的节点调用。", "This rpc is for the nodes of other regions.");
    }
}
