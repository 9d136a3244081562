using System.Text.Json;
using CrossProvince.Cli.Tests.Fakes;
using CrossProvince.Contracts.Licences.V1;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;

namespace CrossProvince.Cli.Tests.Licences;

internal sealed class LicenceCommandTests : NodeFixture
{
    [TestCase("valid", LicenceStatus.Valid)]
    [TestCase("not-active", LicenceStatus.NotActive)]
    [TestCase("suspended", LicenceStatus.Suspended)]
    [TestCase("frozen", LicenceStatus.Frozen)]
    [TestCase("revoked", LicenceStatus.Revoked)]
    [TestCase("cancelled", LicenceStatus.Cancelled)]
    [TestCase("void", LicenceStatus.Void)]
    [TestCase("transferred-out", LicenceStatus.TransferredOut)]
    [TestCase("unknown", LicenceStatus.Unknown)]
    public async Task Status_EachName_IsItsStatus(string name, LicenceStatus expected)
    {
        ChangeStatusRequest? seen = null;
        Node.OnChangeStatus = request =>
        {
            seen = request;
            return new ChangeStatusResponse { Seq = 9, Changed = true, Time = request.EffectiveAt };
        };
        var run = await RunAsync("licence", "status", "L1", "--set", name, "--reason", "因故", "--effective-at", "2026-11-01T08:00:00+08:00", "--json");
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        Assert.That(seen, Is.EqualTo(new ChangeStatusRequest
        {
            LicenceId = "L1",
            Status = expected,
            Reason = "因故",
            EffectiveAt = Timestamp.FromDateTimeOffset(new DateTimeOffset(2026, 11, 1, 0, 0, 0, TimeSpan.Zero)),
        }));
        using var result = JsonDocument.Parse(run.Out);
        Assert.That(result.RootElement.GetProperty("seq").GetString(), Is.EqualTo("9"));
        Assert.That(result.RootElement.GetProperty("changed").GetBoolean(), Is.True);
    }

    [Test]
    public async Task Status_EndedForGood_IsExit1()
    {
        Node.OnChangeStatus = _ => throw new RpcException(new Status(StatusCode.FailedPrecondition, "the licence has ended for good"));
        var run = await RunAsync("licence", "status", "L1", "--set", "valid", "--reason", "r");
        Assert.That(run.ExitCode, Is.EqualTo(1));
        Assert.That(run.Error, Does.Contain("ended for good"));
    }

    [Test]
    public async Task Status_SeveralLicences_AreOneQuestionAndEachHasItsResult()
    {
        ChangeStatusBatchRequest? seen = null;
        Node.OnChangeStatuses = request =>
        {
            seen = request;
            return new ChangeStatusBatchResponse
            {
                Results =
                {
                    new ChangeStatusResult { Change = new ChangeStatusResponse { Seq = 11, Changed = true } },
                    new ChangeStatusResult { Error = new ChangeStatusError { Code = 9, Reason = "ENDED_FOR_GOOD", Message = "ended for good", MessageZh = "已终止" } },
                    new ChangeStatusResult { Change = new ChangeStatusResponse { Seq = 7, Changed = false } },
                },
            };
        };

        var run = await RunAsync("licence", "status", "L1", "L2", "L3", "--set", "revoked", "--reason", "因故");

        Assert.That(run.ExitCode, Is.EqualTo(1), run.Error);
        Assert.That(seen!.Requests.Select(r => (r.LicenceId, r.Status, r.Reason)), Is.EqualTo(new[] { "L1", "L2", "L3" }.Select(id => (id, LicenceStatus.Revoked, "因故"))));
        Assert.That(run.OutLines, Is.EqualTo(new[] { "1 changed, 1 stood so already, 1 refused; last number 11" }));
        Assert.That(run.Error, Does.Contain("L2").And.Contains("ended for good").And.Not.Contains("L1"));
    }

    [Test]
    public async Task Status_StandardInput_AsksByTheThousand()
    {
        var sizes = new List<int>();
        Node.OnChangeStatuses = request =>
        {
            sizes.Add(request.Requests.Count);
            return new ChangeStatusBatchResponse { Results = { request.Requests.Select(_ => new ChangeStatusResult { Change = new ChangeStatusResponse { Seq = 1, Changed = true } }) } };
        };
        var before = Console.In;
        Console.SetIn(new StringReader(string.Join("\r\n\n", Enumerable.Range(0, 1_001).Select(i => $"L{i} "))));
        try
        {
            var run = await RunAsync("licence", "status", "--set", "suspended", "--reason", "r", "--json");

            Assert.That((run.ExitCode, run.OutLines.Count), Is.EqualTo((0, 1_001)), run.Error);
            Assert.That(sizes, Is.EqualTo(new[] { 1_000, 1 }));
        }
        finally
        {
            Console.SetIn(before);
        }
    }

    [Test]
    public async Task Status_BreaksOff_SaysHowFarItCame()
    {
        var asked = 0;
        Node.OnChangeStatuses = request => asked++ == 0
            ? new ChangeStatusBatchResponse { Results = { request.Requests.Select(_ => new ChangeStatusResult { Change = new ChangeStatusResponse { Seq = 1, Changed = true } }) } }
            : throw new RpcException(new Status(StatusCode.Unavailable, "away"));

        var run = await RunAsync(["licence", "status", .. Enumerable.Range(0, 1_001).Select(i => $"L{i}"), "--set", "revoked", "--reason", "r"]);

        Assert.That(run.ExitCode, Is.EqualTo(3));
        Assert.That(run.Error, Does.Contain("1000 are dealt with and durable"));
    }

    [Test]
    public async Task Show_Licence_ShowsTheRecord()
    {
        Node.OnGetLicence = request => new GetLicenceResponse
        {
            Licence = new Licence
            {
                LicenceId = request.LicenceId,
                Holder = new Party { Name = "张三明", Code = "11010519491231002X", CodeType = "111" },
                Status = LicenceStatus.TransferredOut,
                Fields = { ["class"] = "C1" },
                LastSeq = 4,
            },
        };
        var run = await RunAsync("licence", "show", "L1");
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        Assert.That(run.Out, Does.Contain("张三明").And.Contains("transferred-out").And.Contains("C1"));
    }

    [TestCase("9", false)]
    [TestCase("8", true)]
    public async Task Show_CheckCharacter_WrongOneIsWarnedOfAndLookedUp(string check, bool warned)
    {
        var id = $"1.2.156.3005.2.11100000MB03271699022.340100.000000016.001.{check}";
        Node.OnGetLicence = request => new GetLicenceResponse { Licence = new Licence { LicenceId = request.LicenceId, Holder = new Party() } };
        var run = await RunAsync("licence", "show", id);
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        Assert.That(run.Out, Does.Contain(id));
        Assert.That(run.Error, warned ? Does.Contain("check character") : Is.Empty);
    }

    [Test]
    public async Task Show_NoSuchLicence_IsExit2()
    {
        Node.OnGetLicence = _ => throw new RpcException(new Status(StatusCode.NotFound, "no such licence"));
        var run = await RunAsync("licence", "show", "L1");
        Assert.That(run.ExitCode, Is.EqualTo(2));
        Assert.That(run.Error, Does.Contain("no such licence"));
    }

    [TestCase(2_500, 2_500, 4)]
    [TestCase(1_200, 1_200, 2)]
    [TestCase(5_000, 3_000, 4)]
    public async Task Changes_MoreThanAPage_AreReadPageByPage(int limit, int expected, int pages)
    {
        const int Page = 800, End = 3_000;
        var asked = new List<long>();
        Node.OnChanges = request =>
        {
            asked.Add(request.FromSeq);
            var count = (int)Math.Min(Math.Min(request.PageSize, Page), End - request.FromSeq + 1);
            return new ListStatusChangesResponse { Changes = { Enumerable.Range(0, count).Select(i => new StatusChange { Seq = request.FromSeq + i }) }, LastSeq = End };
        };

        var run = await RunAsync("licence", "changes", "--limit", $"{limit}", "--json");

        Assert.That((run.ExitCode, run.OutLines.Count), Is.EqualTo((0, expected)), run.Error);
        Assert.That(asked, Is.EqualTo(Enumerable.Range(0, pages).Select(i => 1L + (i * Page))));
    }

    [Test]
    public async Task Changes_Json_IsOneObjectAChange()
    {
        Node.OnChanges = request => new ListStatusChangesResponse
        {
            Changes = { new StatusChange { Seq = request.FromSeq }, new StatusChange { Seq = request.FromSeq + 1 } },
            LastSeq = 8,
        };
        var run = await RunAsync("licence", "changes", "--from", "7", "--json");
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        Assert.That(run.OutLines, Has.Count.EqualTo(2));
        using var second = JsonDocument.Parse(run.OutLines[1]);
        Assert.That(second.RootElement.GetProperty("seq").GetString(), Is.EqualTo("8"));
    }
}
