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
