using System.Globalization;
using CrossProvince.Contracts.Licences.V1;
using CrossProvince.Core.Catalogue;
using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Verification;
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
    Callers callers, LicenceRegister register, LicenceStore licences, StatusChanges changes, Database database, LicenceCatalogue catalogue, NodeSettings node, TrustedClock clock)
    : LicenceService.LicenceServiceBase
{
    private const int MostLines = 1_000;
    private const int LongestLine = 64 * 1024;
    private const int LargestPage = 1_000;
    private const int DefaultPage = 100;

    private readonly LicenceLine _lines = new(catalogue, node.Region);

    public override async Task ImportLicences(
        IAsyncStreamReader<ImportLicencesRequest> requestStream, IServerStreamWriter<ImportLicencesResponse> responseStream, ServerCallContext context)
    {
        var total = new ImportLicencesResponse();
        await foreach (var request in requestStream.ReadAllAsync(context.CancellationToken))
        {
            // Asked anew for each batch: an authority revoked half-way stops there.
            var caller = callers.Require(context, CallerRole.Authority);
            if (request.Lines.Count is 0 or > MostLines)
            {
                throw RpcErrors.InvalidArgument("lines", $"每个消息须有 1 至 {MostLines} 行。", $"must have 1 to {MostLines} entries in one message.");
            }

            if (request.FirstLineNumber < 1)
            {
                throw RpcErrors.InvalidArgument("first_line_number", "须为 1 或更大。", "must be 1 or more.");
            }

            total.Refused.Clear();
            await ImportAsync(request, caller, total);
            await responseStream.WriteAsync(total.Clone(), context.CancellationToken);
        }
    }

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

    private async Task ImportAsync(ImportLicencesRequest request, Caller caller, ImportLicencesResponse total)
    {
        var taken = new List<(long Line, LicenceRecord Record)>();
        var today = ChinaDate.Today(clock.Now().UnixSeconds);
        for (var i = 0; i < request.Lines.Count; i++)
        {
            var number = request.FirstLineNumber + i;
            try
            {
                var record = ReadLine(request.Lines[i], today);
                if (!caller.MayTouch(record.Issuer.Code))
                {
                    throw new LineRefusedException("issuer.code", $"is {record.Issuer.Code}, whose licences {caller.Organisation} may not touch: have it granted in the node's partner file.");
                }

                taken.Add((number, record));
            }
            catch (LineRefusedException e)
            {
                Refuse(total, number, e.Field, e.Message);
            }
        }

        if (taken.Count > 0)
        {
            var outcomes = await register.ImportAsync([.. taken.Select(t => t.Record)]);
            for (var i = 0; i < outcomes.Count; i++)
            {
                Count(total, outcomes[i], taken[i].Line);
            }
        }

        total.Lines += request.Lines.Count;
        await using var connection = await database.OpenAsync(CancellationToken.None);
        total.LastSeq = await StatusChangeReader.ReadLastSeqAsync(connection);
    }

    private LicenceRecord ReadLine(string line, int today) => line.Length <= LongestLine
        ? _lines.Read(line, today)
        : throw new LineRefusedException("", string.Create(CultureInfo.InvariantCulture, $"is longer than {LongestLine} characters."));

    private static void Count(ImportLicencesResponse total, (ImportOutcome Outcome, string? Refusal) outcome, long line)
    {
        if (outcome.Refusal is { } refusal)
        {
            Refuse(total, line, "licence_id", refusal);
            return;
        }

        switch (outcome.Outcome)
        {
            case ImportOutcome.Created:
                total.Created++;
                break;
            case ImportOutcome.Updated:
                total.Updated++;
                break;
            default:
                total.Unchanged++;
                break;
        }
    }

    private static void Refuse(ImportLicencesResponse total, long line, string field, string reason)
    {
        total.RefusedCount++;
        total.Refused.Add(new RefusedLine { LineNumber = line, Field = field, Reason = reason });
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
