using CrossProvince.Contracts.Licences.V1;
using CrossProvince.Core.Catalogue;
using CrossProvince.Core.Identifiers;
using CrossProvince.Service.Hosting;
using CrossProvince.Service.Identity;
using CrossProvince.Service.StatusIndex;
using CrossProvince.Service.Storage;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Wire = CrossProvince.Contracts.Licences.V1;

namespace CrossProvince.Service.Licences;

/// <summary>The authority's work: import, status, changes.</summary>
internal sealed class LicenceGrpcService(
    Callers callers, LicenceImports imports, LicenceStore licences, StatusChanges changes, Database database, LicenceCatalogue catalogue, NodeSettings node)
    : LicenceService.LicenceServiceBase
{
    private const int LargestPage = 1_000;
    private const int DefaultPage = 100;

    public override Task ImportLicences(
        IAsyncStreamReader<ImportLicencesRequest> requestStream, IServerStreamWriter<ImportLicencesResponse> responseStream, ServerCallContext context) =>
        imports.RunAsync(requestStream, responseStream, () => callers.Require(context, CallerRole.Authority), context.CancellationToken);

    public override async Task<GetLicenceResponse> GetLicence(GetLicenceRequest request, ServerCallContext context)
    {
        var caller = callers.Require(context, CallerRole.Authority);
        if (!LicenceId.TryParse(request.LicenceId, out var id))
        {
            throw LicenceErrors.WrongShape();
        }

        await using var connection = await database.OpenAsync(context.CancellationToken);
        var licence = await licences.FindAsync(connection, id.ToString()) ?? throw LicenceErrors.NoSuchLicence(id, node.Region);
        return caller.MayTouch(licence.Record.Issuer.Code)
            ? new GetLicenceResponse { Licence = ToWire(licence) }
            : throw LicenceErrors.ForeignIssuer(licence.Record.Issuer.Code, caller);
    }

    public override Task<ChangeStatusResponse> ChangeStatus(ChangeStatusRequest request, ServerCallContext context) =>
        changes.ChangeAsync(request, callers.Require(context, CallerRole.Authority), context.CancellationToken);

    public override Task<ChangeStatusBatchResponse> ChangeStatusBatch(ChangeStatusBatchRequest request, ServerCallContext context) =>
        changes.ChangeAsync(request, callers.Require(context, CallerRole.Authority), context.CancellationToken);

    public override async Task<ListStatusChangesResponse> ListStatusChanges(ListStatusChangesRequest request, ServerCallContext context)
    {
        callers.Require(context, CallerRole.Authority);
        if (request.FromSeq < 0)
        {
            throw RpcErrors.InvalidArgument("from_seq", "不得为负数。", "must not be negative.");
        }

        if (request.PageSize is < 0 or > LargestPage)
        {
            throw RpcErrors.InvalidArgument("page_size", $"须为 1 至 {LargestPage}，或 0 表示 {DefaultPage}。", $"must be 1 to {LargestPage}, or 0 for {DefaultPage}.");
        }

        await using var connection = await database.OpenAsync(context.CancellationToken);
        var from = Math.Max(1, request.FromSeq);
        var page = await StatusChangeReader.ReadAsync(connection, from, request.PageSize == 0 ? DefaultPage : request.PageSize);

        // The chain's end after the page: it never lies before what the page holds.
        var response = new ListStatusChangesResponse { NextSeq = from + page.Count, LastSeq = await StatusChangeReader.ReadLastSeqAsync(connection) };
        foreach (var (change, hash) in page)
        {
            response.Changes.Add(new StatusChange
            {
                Seq = change.Seq,
                Time = Timestamp.FromDateTimeOffset(DateTimeOffset.FromUnixTimeMilliseconds(change.TimeMs)),
                List = change.List,
                Index = change.Index,
                Status = (int)change.Status,
                Tag = ByteString.CopyFrom(change.Tag.ToBytes()),
                ReasonCode = (int)change.Reason,
                Hash = ByteString.CopyFrom(hash),
            });
        }

        return response;
    }

    private Wire.Licence ToWire(StoredLicence stored)
    {
        var record = stored.Record;
        return new Wire.Licence
        {
            LicenceId = record.Id.ToString(),
            TypeCode = record.Id.TypeCode,
            LicenceType = catalogue.FindType(record.TypeNumber)!.Id,
            Number = record.Number,
            Holder = ToWire(record.Holder),
            IssuerName = record.Issuer.Name,
            IssuerCode = record.Issuer.Code,
            IssuedOn = ChinaDate.ToText(record.IssuedOn),
            ValidFrom = ChinaDate.ToText(record.ValidFrom),
            ValidUntil = ChinaDate.ToText(record.ValidUntil),
            Status = (LicenceStatus)record.Status,
            StatusReason = stored.StatusNote,
            Fields = { record.Fields.ToDictionary(f => f.Key, f => f.Value) },
            Guardians = { record.Guardians.Select(ToWire) },
            Agents = { record.Agents.Select(ToWire) },
            LastSeq = stored.LastSeq,
        };
    }

    private static Wire.Party ToWire(Party party) => new() { Name = party.Name, Code = party.Code, CodeType = party.CodeType };
}
