using System.Text.Json.Nodes;
using CrossProvince.Cli.Certs;
using CrossProvince.Contracts.Licences.V1;
using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Status;
using CrossProvince.Integration.Tests.Nodes;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using static CrossProvince.Integration.Tests.Nodes.Refusal;
using LicenceStatus = CrossProvince.Contracts.Licences.V1.LicenceStatus;
using StatusChange = CrossProvince.Core.Status.StatusChange;

namespace CrossProvince.Integration.Tests.Licences;

/// <summary>The authority's rpcs, and what they refuse.</summary>
public sealed class LicenceServiceTests : FederationFixture
{
    private int _next = 1;
    private LicenceService.LicenceServiceClient _otherAuthority = null!;

    internal override FederationPlan Plan { get; } = new() { Running = [TestFederation.Beijing] };

    [Test]
    public async Task GetLicence_Known_GivesTheRecord()
    {
        var id = await TakeAsync();

        var licence = (await Get(id)).Licence;

        Assert.That((licence.LicenceType, licence.Holder.Name, licence.Status), Is.EqualTo(("identity-card", "王小明", LicenceStatus.Valid)));
    }

    [Test]
    public void GetLicence_WrongShape_IsInvalid() => Get("1.2.3").IsRefused(StatusCode.InvalidArgument, "licence_id");

    [Test]
    public void GetLicence_Unknown_IsNotFound() => Get(Unknown(TestFederation.Beijing)).IsRefused(StatusCode.NotFound, "no such licence");

    [Test]
    public void GetLicence_UnknownWithWrongCheck_SaysThatItMayBeMistyped() =>
        Get(WithWrongCheck(Unknown(TestFederation.Beijing))).IsRefused(StatusCode.NotFound, "mistyped");

    [Test]
    public void GetLicence_OfAnotherRegion_SaysWhomToAsk() => Get(Unknown(TestFederation.Tianjin)).IsRefused(StatusCode.NotFound, "ask that region's node");

    [Test]
    public void GetLicence_OfAnotherRegionWithWrongCheck_SaysThatItProvesNothing() =>
        Get(WithWrongCheck(Unknown(TestFederation.Tianjin))).IsRefused(StatusCode.NotFound, "proves nothing");

    [Test]
    public async Task GetLicence_OfAnotherIssuer_IsDenied()
    {
        var id = await TakeAsync();

        _otherAuthority.GetLicenceAsync(new GetLicenceRequest { LicenceId = id }).IsRefused(StatusCode.PermissionDenied, "may touch only its own");
    }

    [Test]
    public async Task ChangeStatus_OfAnotherIssuer_IsDenied()
    {
        var id = await TakeAsync();

        _otherAuthority.ChangeStatusAsync(Change(id, LicenceStatus.Revoked)).IsRefused(StatusCode.PermissionDenied, "may touch only its own");
    }

    [Test]
    public async Task ChangeStatus_OfAnotherIssuer_ChangesNothing()
    {
        var id = await TakeAsync();
        Of(_otherAuthority.ChangeStatusAsync(Change(id, LicenceStatus.Revoked)));

        Assert.That((await Beijing.FindAsync(id)).Status, Is.EqualTo(Core.Status.LicenceStatus.InForce));
    }

    [Test]
    public async Task Import_OfAnotherIssuer_IsRefused()
    {
        var line = TestLicences.IdentityCard(TestFederation.Beijing, _next++);

        var answer = await TestNode.ImportLinesAsync(_otherAuthority, line.ToJsonString());

        Assert.That((answer.Created, answer.Refused.Single().Field), Is.EqualTo((0, "issuer.code")));
    }

    [TestCase(LicenceStatus.Unspecified)]
    [TestCase(LicenceStatus.Expired)]
    [TestCase((LicenceStatus)77)]
    public void ChangeStatus_StatusThatCannotBeSet_IsInvalid(LicenceStatus status) =>
        Beijing.Licences.ChangeStatusAsync(Change(Unknown(TestFederation.Beijing), status)).IsRefused(StatusCode.InvalidArgument, "status");

    [TestCase(0)]
    [TestCase(201)]
    public void ChangeStatus_ReasonOutOfBounds_IsInvalid(int length)
    {
        var request = Change(Unknown(TestFederation.Beijing), LicenceStatus.Suspended);
        request.Reason = new string('x', length);

        Beijing.Licences.ChangeStatusAsync(request).IsRefused(StatusCode.InvalidArgument, "reason");
    }

    [Test]
    public async Task ChangeStatus_EffectiveInFuture_IsRefused()
    {
        var request = Change(await TakeAsync(), LicenceStatus.Suspended);
        request.EffectiveAt = Timestamp.FromDateTimeOffset(Federation.Clock.GetUtcNow().AddHours(1));

        Assert.That(Of(Beijing.Licences.ChangeStatusAsync(request)).Reason, Is.EqualTo("EFFECTIVE_IN_FUTURE"));
    }

    [TestCase(long.MaxValue, 0)]
    [TestCase(0, -1)]
    public async Task ChangeStatus_EffectiveAtNoTime_IsInvalid(long seconds, int nanos)
    {
        var request = Change(await TakeAsync(), LicenceStatus.Suspended);
        request.EffectiveAt = new Timestamp { Seconds = seconds, Nanos = nanos };

        Beijing.Licences.ChangeStatusAsync(request).IsRefused(StatusCode.InvalidArgument, "effective_at");
    }

    [Test]
    public void ChangeStatus_Unknown_IsNotFound() =>
        Beijing.Licences.ChangeStatusAsync(Change(Unknown(TestFederation.Beijing), LicenceStatus.Revoked)).IsRefused(StatusCode.NotFound, "no such licence");

    [Test]
    public async Task ChangeStatus_Again_SaysThatNothingChanged()
    {
        var id = await TakeAsync();
        var first = await Beijing.ChangeStatusAsync(id, LicenceStatus.Suspended);

        var second = await Beijing.ChangeStatusAsync(id, LicenceStatus.Suspended);

        Assert.That((first.Changed, second.Changed, second.Seq), Is.EqualTo((true, false, first.Seq)));
    }

    [TestCase(LicenceStatus.Revoked)]
    [TestCase(LicenceStatus.Cancelled)]
    [TestCase(LicenceStatus.Void)]
    [TestCase(LicenceStatus.TransferredOut)]
    public async Task ChangeStatus_AfterTheEnd_IsRefused(LicenceStatus end)
    {
        var id = await TakeAsync();
        await Beijing.ChangeStatusAsync(id, end);

        Assert.That(Of(Beijing.Licences.ChangeStatusAsync(Change(id, LicenceStatus.Valid))).Reason, Is.EqualTo("ENDED_FOR_GOOD"));
    }

    [Test]
    public async Task ChangeStatus_SuspendedThenValid_IsInForceAgain()
    {
        var id = await TakeAsync();
        await Beijing.ChangeStatusAsync(id, LicenceStatus.Suspended);
        await Beijing.ChangeStatusAsync(id, LicenceStatus.Valid);

        Assert.That((await Beijing.FindAsync(id)).Status, Is.EqualTo(Core.Status.LicenceStatus.InForce));
    }

    [Test]
    public async Task ChangeStatusBatch_SomeRefused_MakesTheOthersInTheOrderGiven()
    {
        var (one, other, ended) = (await TakeAsync(), await TakeAsync(), await TakeAsync());
        await Beijing.ChangeStatusAsync(ended, LicenceStatus.Void);
        var last = (await Beijing.Licences.ListStatusChangesAsync(new ListStatusChangesRequest { PageSize = 1 })).LastSeq;
        var wrong = Change(one, LicenceStatus.Suspended);
        wrong.Reason = "";

        var results = await ChangeAsync(
            Change(one, LicenceStatus.Suspended), wrong, Change(Unknown(TestFederation.Beijing), LicenceStatus.Revoked), Change(ended, LicenceStatus.Valid),
            Change("1.2.3", LicenceStatus.Revoked), Change(one, LicenceStatus.Valid), Change(other, LicenceStatus.Revoked), Change(other, LicenceStatus.Valid));

        Assert.That(results.Select(r => r.Change?.Seq), Is.EqualTo(new long?[] { last + 1, null, null, null, null, last + 2, last + 3, null }));
        Assert.That(
            results.Where(r => r.Error is not null).Select(r => (r.Error.Code, r.Error.Reason, r.Error.Field)),
            Is.EqualTo(new[]
            {
                ((int)StatusCode.InvalidArgument, "FIELD_INVALID", "reason"), ((int)StatusCode.NotFound, "LICENCE_NOT_FOUND", ""),
                ((int)StatusCode.FailedPrecondition, "ENDED_FOR_GOOD", ""), ((int)StatusCode.InvalidArgument, "FIELD_INVALID", "licence_id"),
                ((int)StatusCode.FailedPrecondition, "ENDED_FOR_GOOD", ""),
            }));
        Assert.That(results[1].Error.MessageZh, Does.StartWith("reason 须为"));
        Assert.That(
            ((await Beijing.FindAsync(one)).Status, (await Beijing.FindAsync(other)).Status, (await Beijing.FindAsync(ended)).Reason),
            Is.EqualTo((Core.Status.LicenceStatus.InForce, Core.Status.LicenceStatus.Ended, StatusReason.Void)));
        Assert.That(((await Beijing.FindAsync(other)).LastSeq, Beijing.Index.Find(Beijing.Region)!.Seq), Is.EqualTo((last + 3, last + 3)));
    }

    [Test]
    public async Task ChangeStatusBatch_Again_ChangesNothing()
    {
        ChangeStatusRequest[] changes = [Change(await TakeAsync(), LicenceStatus.Revoked), Change(await TakeAsync(), LicenceStatus.Frozen)];
        var first = await ChangeAsync(changes);

        var second = await ChangeAsync(changes);

        Assert.That(first.Concat(second).Select(r => (r.Change.Changed, r.Change.Seq)), Is.EqualTo(
            new[] { (true, first[0].Change.Seq), (true, first[0].Change.Seq + 1), (false, first[0].Change.Seq), (false, first[0].Change.Seq + 1) }));
    }

    [Test]
    public async Task ChangeStatusBatch_OfAnotherIssuer_IsRefusedEach()
    {
        var answer = await _otherAuthority.ChangeStatusBatchAsync(new ChangeStatusBatchRequest { Requests = { Change(await TakeAsync(), LicenceStatus.Revoked) } });

        Assert.That((answer.Results.Single().Error.Code, answer.Results.Single().Error.Reason), Is.EqualTo(((int)StatusCode.PermissionDenied, "FOREIGN_ISSUER")));
    }

    [TestCase(0)]
    [TestCase(1001)]
    public void ChangeStatusBatch_OutOfBounds_IsInvalid(int count) => Beijing.Licences.ChangeStatusBatchAsync(
        new ChangeStatusBatchRequest { Requests = { Enumerable.Repeat(new ChangeStatusRequest(), count) } }).IsRefused(StatusCode.InvalidArgument, "requests");

    [Test]
    public async Task ChangeStatusBatch_AThousand_AreMade()
    {
        var id = await TakeAsync();

        var results = await ChangeAsync([.. Enumerable.Range(0, 1_000).Select(i => Change(id, i % 2 == 0 ? LicenceStatus.Suspended : LicenceStatus.Valid))]);

        Assert.That(results.Select(r => r.Change.Seq - results[0].Change.Seq), Is.EqualTo(Enumerable.Range(0, 1_000).Select(i => (long)i)));
        Assert.That((await Beijing.FindAsync(id)).LastSeq, Is.EqualTo(results[^1].Change.Seq));
    }

    [Test]
    public async Task ListStatusChanges_PageByPage_GoesOnWhereItWasLeft()
    {
        await Beijing.ChangeStatusAsync(await TakeAsync(), LicenceStatus.Frozen);
        var all = new List<Contracts.Licences.V1.StatusChange>();
        long next = 0;
        ListStatusChangesResponse page;
        do
        {
            page = await Beijing.Licences.ListStatusChangesAsync(new ListStatusChangesRequest { FromSeq = next, PageSize = 3 });
            Assert.That(page.Changes, Has.Count.InRange(1, 3));
            Assert.That(page.NextSeq, Is.EqualTo(page.Changes[^1].Seq + 1));
            all.AddRange(page.Changes);
            next = page.NextSeq;
        }
        while (next <= page.LastSeq);

        var more = await TakeAsync();
        var rest = await Beijing.Licences.ListStatusChangesAsync(new ListStatusChangesRequest { FromSeq = next });
        var none = await Beijing.Licences.ListStatusChangesAsync(new ListStatusChangesRequest { FromSeq = rest.NextSeq });

        Assert.That(all.Select(c => c.Seq), Is.EqualTo(Enumerable.Range(1, all.Count)));
        Assert.That(rest.Changes.Select(c => c.Seq), Is.EqualTo(new[] { (await Beijing.FindAsync(more)).LastSeq }));
        Assert.That((none.Changes.Count, none.NextSeq, none.LastSeq), Is.EqualTo((0, rest.NextSeq, rest.NextSeq - 1)));
    }

    [Test]
    public async Task ListStatusChanges_NoSizeGiven_IsAHundred()
    {
        await ChangeManyAsync(120);

        var page = await Beijing.Licences.ListStatusChangesAsync(new ListStatusChangesRequest());

        Assert.That((page.Changes.Count, page.NextSeq), Is.EqualTo((100, 101)));
    }

    [Test]
    public async Task ListStatusChanges_All_AreGaplessAndHashChained()
    {
        await Beijing.ChangeStatusAsync(await TakeAsync(), LicenceStatus.Revoked);

        var listed = (await Beijing.Licences.ListStatusChangesAsync(new ListStatusChangesRequest { PageSize = 1000 })).Changes;

        var (hash, seq) = (StatusChange.GenesisHash.ToArray(), 0L);
        foreach (var c in listed)
        {
            var time = c.Time.ToDateTimeOffset().ToUnixTimeMilliseconds();
            var change = new StatusChange(++seq, time, c.List, c.Index, (Core.Status.LicenceStatus)c.Status, EntryTag.FromBytes(c.Tag.Span), (StatusReason)c.ReasonCode);
            hash = change.NextHash(hash);
            Assert.That((c.Seq, Convert.ToHexString(c.Hash.Span)), Is.EqualTo((seq, Convert.ToHexString(hash))));
        }
    }

    [TestCase(-1, 0, "from_seq")]
    [TestCase(0, -1, "page_size")]
    [TestCase(0, 1001, "page_size")]
    public void ListStatusChanges_OutOfBounds_IsInvalid(long from, int size, string field) =>
        Beijing.Licences.ListStatusChangesAsync(new ListStatusChangesRequest { FromSeq = from, PageSize = size }).IsRefused(StatusCode.InvalidArgument, field);

    protected override async Task PrepareAsync()
    {
        var organisation = SampleOrganisations.Code(TestFederation.Beijing, (IdentityRole)8);
        var identity = Beijing.MakeIdentity(IdentityRole.Authority, organisation);
        await Beijing.ChangePartnersAsync(o => o.Add(new JsonObject { ["organisation"] = organisation, ["role"] = "authority" }));
        _otherAuthority = Beijing.Connect(identity).Licences;
    }

    private async Task<IReadOnlyList<ChangeStatusResult>> ChangeAsync(params ChangeStatusRequest[] changes) =>
        (await Beijing.Licences.ChangeStatusBatchAsync(new ChangeStatusBatchRequest { Requests = { changes } })).Results;

    private async Task ChangeManyAsync(int count)
    {
        var id = await TakeAsync();
        await ChangeAsync([.. Enumerable.Range(0, count).Select(i => Change(id, i % 2 == 0 ? LicenceStatus.Suspended : LicenceStatus.Valid))]);
    }

    private static ChangeStatusRequest Change(string id, LicenceStatus status) => new() { LicenceId = id, Status = status, Reason = "test" };

    private static string Unknown(RegionCode region) => TestLicences.IdOf(TestLicences.IdentityCard(region, 999));

    private static string WithWrongCheck(string id) => id[..^1] + (id[^1] == '0' ? '1' : '0');

    private AsyncUnaryCall<GetLicenceResponse> Get(string id) => Beijing.Licences.GetLicenceAsync(new GetLicenceRequest { LicenceId = id });

    private async Task<string> TakeAsync() => (await Beijing.TakeAsync(TestLicences.IdentityCard(TestFederation.Beijing, _next++))).Record.Id.ToString();
}
