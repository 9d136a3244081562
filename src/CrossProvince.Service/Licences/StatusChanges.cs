using CrossProvince.Contracts.Licences.V1;
using CrossProvince.Core.Identifiers;
using CrossProvince.Service.Hosting;
using CrossProvince.Service.Identity;
using Google.Protobuf.WellKnownTypes;
using Google.Rpc;
using Grpc.Core;
using Enum = System.Enum;

namespace CrossProvince.Service.Licences;

/// <summary>Changes of status as an authority asks for them: one, or many in one transaction.</summary>
internal sealed class StatusChanges(LicenceRegister register, NodeSettings node, TimeProvider time)
{
    private const int LongestReason = 200;
    private const int MostChanges = 1_000;

    /// <summary>Makes one change.</summary>
    /// <exception cref="RpcException">It is refused.</exception>
    public async Task<ChangeStatusResponse> ChangeAsync(ChangeStatusRequest request, Caller caller, CancellationToken cancellation)
    {
        var order = Read(request, out var fault) ?? throw fault!;
        var outcome = (await register.ChangeStatusesAsync([order], caller.MayTouch, cancellation))[0];
        return Refusal(outcome, order, caller) is { } refusal ? throw refusal : ToWire(outcome);
    }

    /// <summary>Makes those of the changes that can be made.</summary>
    /// <returns>One result each, in order.</returns>
    /// <exception cref="RpcException">There are too many, or none.</exception>
    public async Task<ChangeStatusBatchResponse> ChangeAsync(ChangeStatusBatchRequest request, Caller caller, CancellationToken cancellation)
    {
        if (request.Requests.Count is 0 or > MostChanges)
        {
            throw RpcErrors.InvalidArgument("requests", $"须有 1 至 {MostChanges} 项。", $"must have 1 to {MostChanges} entries.");
        }

        var results = new ChangeStatusResult[request.Requests.Count];
        var orders = new List<(int Place, StatusOrder Order)>(results.Length);
        for (var i = 0; i < results.Length; i++)
        {
            if (Read(request.Requests[i], out var fault) is { } order)
            {
                orders.Add((i, order));
            }
            else
            {
                results[i] = Refused(fault!);
            }
        }

        var outcomes = await register.ChangeStatusesAsync([.. orders.Select(o => o.Order)], caller.MayTouch, cancellation);
        foreach (var ((place, order), outcome) in orders.Zip(outcomes))
        {
            results[place] = Refusal(outcome, order, caller) is { } refusal ? Refused(refusal) : new ChangeStatusResult { Change = ToWire(outcome) };
        }

        return new ChangeStatusBatchResponse { Results = { results } };
    }

    /// <returns>Null when a field is wrong; <paramref name="fault"/> says which.</returns>
    private StatusOrder? Read(ChangeStatusRequest request, out RpcException? fault)
    {
        fault = !LicenceId.TryParse(request.LicenceId, out var id) ? LicenceErrors.WrongShape()
            : request.Status is LicenceStatus.Unspecified or LicenceStatus.Expired || !Enum.IsDefined(request.Status)
                ? RpcErrors.InvalidArgument("status", "须为 LicenceStatus 中 UNSPECIFIED 和 EXPIRED 以外的值。", "must be one of the LicenceStatus values other than UNSPECIFIED and EXPIRED.")
            : string.IsNullOrWhiteSpace(request.Reason) || request.Reason.Length > LongestReason
                ? RpcErrors.InvalidArgument("reason", $"须为 1 至 {LongestReason} 个字符。", $"must have 1 to {LongestReason} characters.")
            : FaultOf(request.EffectiveAt);
        return fault is null ? new StatusOrder(id, (NormalisedStatus)request.Status, request.Reason) : null;
    }

    private RpcException? FaultOf(Timestamp? effectiveAt)
    {
        try
        {
            return effectiveAt?.ToDateTimeOffset() > time.GetUtcNow().AddSeconds(NodeSettings.SkewSeconds)
                ? RpcErrors.FailedPrecondition(
                    "EFFECTIVE_IN_FUTURE", "effective_at 在将来：请在生效时再变更。", "effective_at lies in the future: make the change when it takes effect.")
                : null;
        }
        catch (InvalidOperationException)
        {
            return RpcErrors.InvalidArgument("effective_at", "不是 0001-01-01 至 9999-12-31 之间的时间。", "is not a time from 0001-01-01 to 9999-12-31.");
        }
    }

    private RpcException? Refusal(StatusOutcome outcome, StatusOrder order, Caller caller) => outcome.Refusal switch
    {
        StatusRefusal.None => null,
        StatusRefusal.NoSuchLicence => LicenceErrors.NoSuchLicence(order.Id, node.Region),
        StatusRefusal.ForeignIssuer => LicenceErrors.ForeignIssuer(outcome.Before!.IssuerCode, caller),
        _ => LicenceErrors.EndedForGood(outcome.Before!.Worded),
    };

    private static ChangeStatusResponse ToWire(StatusOutcome outcome) => new()
    {
        Seq = outcome.Seq,
        Time = Timestamp.FromDateTimeOffset(DateTimeOffset.FromUnixTimeMilliseconds(outcome.TimeMilliseconds)),
        Changed = outcome.Changed,
    };

    private static ChangeStatusResult Refused(RpcException refusal)
    {
        var status = refusal.GetRpcStatus()!;
        return new ChangeStatusResult
        {
            Error = new ChangeStatusError
            {
                Code = status.Code,
                Reason = status.GetDetail<ErrorInfo>()!.Reason,
                Field = status.GetDetail<BadRequest>()?.FieldViolations[0].Field ?? "",
                Message = status.Message,
                MessageZh = status.Details.Where(d => d.Is(LocalizedMessage.Descriptor)).Select(d => d.Unpack<LocalizedMessage>()).First(m => m.Locale == "zh-CN").Message,
            },
        };
    }
}
