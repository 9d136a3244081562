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
    Callers callers, LicenceRegister register, Database database, LicenceCatalogue catalogue, NodeSettings node, TrustedClock clock, TimeProvider time)
    : LicenceService.LicenceServiceBase
{
    private const int MostLines = 1_000;
    private const int LongestLine = 64 * 1024;
    private const int LongestReason = 200;
    private const int MostChanges = 1_000;
    private const int DefaultChanges = 100;

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
        var id = ReadId(request.LicenceId);
        await using var connection = await database.OpenAsync(context.CancellationToken);
        var licence = await LicenceStore.FindAsync(connection, id.ToString(), null) ?? throw NoSuchLicence(id);
        return caller.MayTouch(licence.Record.Issuer.Code)
            ? new GetLicenceResponse { Licence = ToWire(licence) }
            : throw ForeignIssuer(licence.Record.Issuer.Code, caller);
    }

    public override async Task<ChangeStatusResponse> ChangeStatus(ChangeStatusRequest request, ServerCallContext context)
    {
        var caller = callers.Require(context, CallerRole.Authority);
        var id = ReadId(request.LicenceId);
        if (request.Status is LicenceStatus.Unspecified or LicenceStatus.Expired || !System.Enum.IsDefined(request.Status))
        {
            throw RpcErrors.InvalidArgument("status", "须为 LicenceStatus 中 UNSPECIFIED 和 EXPIRED 以外的值。", "must be one of the LicenceStatus values other than UNSPECIFIED and EXPIRED.");
        }

        if (string.IsNullOrWhiteSpace(request.Reason) || request.Reason.Length > LongestReason)
        {
            throw RpcErrors.InvalidArgument("reason", $"须为 1 至 {LongestReason} 个字符。", $"must have 1 to {LongestReason} characters.");
        }

        if (request.EffectiveAt is { } effective && ReadTime(effective) > time.GetUtcNow().AddSeconds(NodeSettings.SkewSeconds))
        {
            throw RpcErrors.FailedPrecondition(
                "EFFECTIVE_IN_FUTURE", "effective_at 在将来：请在生效时再变更。", "effective_at lies in the future: make the change when it takes effect.");
        }

        try
        {
            var done = await register.ChangeStatusAsync(id.ToString(), (NormalisedStatus)request.Status, request.Reason, caller.MayTouch, context.CancellationToken)
                ?? throw NoSuchLicence(id);
            return new ChangeStatusResponse
            {
                Seq = done.Seq,
                Time = Timestamp.FromDateTimeOffset(DateTimeOffset.FromUnixTimeMilliseconds(done.TimeMilliseconds)),
                Changed = done.Changed,
            };
        }
        catch (ForeignIssuerException e)
        {
            throw ForeignIssuer(e.IssuerCode, caller);
        }
        catch (EndedForGoodException e)
        {
            throw RpcErrors.FailedPrecondition(
                "ENDED_FOR_GOOD", "该证照已终止，不可恢复；新的版本须使用新的证照标识。", $"The licence is {e.Status.Name()}, which is for good. A new version needs a new licence_id.");
        }
    }

    public override async Task<ListStatusChangesResponse> ListStatusChanges(ListStatusChangesRequest request, ServerCallContext context)
    {
        callers.Require(context, CallerRole.Authority);
        if (request.FromSeq < 0)
        {
            throw RpcErrors.InvalidArgument("from_seq", "不得为负数。", "must not be negative.");
        }

        if (request.PageSize is < 0 or > MostChanges)
        {
            throw RpcErrors.InvalidArgument("page_size", $"须为 1 至 {MostChanges}，或 0 表示 {DefaultChanges}。", $"must be 1 to {MostChanges}, or 0 for {DefaultChanges}.");
        }

        await using var connection = await database.OpenAsync(context.CancellationToken);
        var size = request.PageSize == 0 ? DefaultChanges : request.PageSize;
        var response = new ListStatusChangesResponse { LastSeq = await StatusChangeReader.ReadLastSeqAsync(connection) };
        foreach (var (change, hash) in await StatusChangeReader.ReadAsync(connection, Math.Max(1, request.FromSeq), size))
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

    private static LicenceId ReadId(string text) => LicenceId.TryParse(text, out var id)
        ? id
        : throw RpcErrors.InvalidArgument(
            "licence_id", "不符合 GB/T 36904 的格式：1.2.156.3005.2.类型.颁发机构.流水号.版本.校验位。", "has not the shape of GB/T 36904: 1.2.156.3005.2.TYPE.ISSUER.SERIAL.VERSION.CHECK.");

    private static DateTimeOffset ReadTime(Timestamp effectiveAt)
    {
        try
        {
            return effectiveAt.ToDateTimeOffset();
        }
        catch (InvalidOperationException)
        {
            throw RpcErrors.InvalidArgument("effective_at", "不是 0001-01-01 至 9999-12-31 之间的时间。", "is not a time from 0001-01-01 to 9999-12-31.");
        }
    }

    /// <summary>Says what the identifier itself tells: whose it is, and whether its check character is right.</summary>
    private RpcException NoSuchLicence(LicenceId id)
    {
        var text = id.IssuerCode;
        var region = SocialCreditCode.IsValid(text) ? text[2..8] : text[..Math.Min(6, text.Length)];
        var foreign = !region.AsSpan(0, 2).SequenceEqual(node.Region.ToString().AsSpan(0, 2));
        var where = foreign
            ? ($"标识中的颁发机构属于地区 {region}，请向该地区的节点查询。", $"The identifier's issuer is of region {region}; ask that region's node.")
            : ("本地区没有这份证照。", "This region has no such licence.");
        var check = (id.HasCorrectCheck, foreign) switch
        {
            (true, _) => ("", ""),
            (false, true) => (
                "标识的校验位有误（GB/T 17710）；已知有的系统会生成这样的标识，不能据此判断。",
                " Its check character is wrong (GB/T 17710); some partners' systems are known to make such identifiers, so it proves nothing."),
            (false, false) => ("标识的校验位有误（GB/T 17710）：可能输错，或由有缺陷的系统生成。", " Its check character is wrong (GB/T 17710): it was mistyped, or made by a faulty system."),
        };
        return RpcErrors.NotFound("LICENCE_NOT_FOUND", where.Item1 + check.Item1, where.Item2 + check.Item2);
    }

    private static RpcException ForeignIssuer(string issuerCode, Caller caller) =>
        RpcErrors.PermissionDenied(
            "FOREIGN_ISSUER",
            $"该证照由 {issuerCode} 颁发；{caller.Organisation} 只能处理本机构及节点合作方文件中授权的颁发机构的证照。",
            $"The licence was issued by {issuerCode}; {caller.Organisation} may touch only its own and those granted in the node's partner file.");

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
