using System.Text.Json;
using CrossProvince.Cli.Tests.Fakes;
using CrossProvince.Contracts.Presentation.V1;
using CrossProvince.Contracts.Verification.V1;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;

namespace CrossProvince.Cli.Tests.Verifying;

[NonParallelizable]
internal sealed class VerifyCommandTests : NodeFixture
{
    [SetUp]
    public void AnswerByName() => Node.OnVerify = request => new VerifyResponse { Verification = Answer(request) };

    [TestCase("VALID", 0)]
    [TestCase("VALID UNDETERMINED", 3)]
    [TestCase("UNDETERMINED REVOKED VALID", 1)]
    [TestCase("REVOKED INVALID_ARGUMENT UNDETERMINED VALID", 2)]
    [TestCase("VALID PERMISSION_DENIED", 3)]
    public async Task Verify_SeveralCodes_TwoBeforeOneBeforeThreeBeforeZero(string codes, int expected)
    {
        var run = await RunAsync(["verify", .. codes.Split(' '), "--json"]);
        Assert.That(run.ExitCode, Is.EqualTo(expected));
        Assert.That(run.OutLines, Has.Count.EqualTo(codes.Split(' ').Length));
    }

    [Test]
    public async Task Verify_Json_IsOneVerificationInProtoJsonALine()
    {
        var run = await RunAsync("verify", "VALID", "REVOKED", "--json");
        Assert.That(run.Error, Is.Empty);
        using var first = JsonDocument.Parse(run.OutLines[0]);
        using var second = JsonDocument.Parse(run.OutLines[1]);
        Assert.That(first.RootElement.GetProperty("verdict").GetString(), Is.EqualTo("VERDICT_VALID"));
        Assert.That(first.RootElement.GetProperty("issuingRegion").GetString(), Is.EqualTo("110000"));
        Assert.That(first.RootElement.GetProperty("trustListVersion").GetString(), Is.EqualTo("7"));
        Assert.That(first.RootElement.GetProperty("display").GetProperty("name").GetString(), Is.EqualTo("张*明"));
        Assert.That(first.RootElement.GetProperty("stale").GetBoolean(), Is.False);
        Assert.That(first.RootElement.GetProperty("statusAsOf").GetString(), Is.EqualTo("2026-11-23T00:00:00Z"));
        Assert.That(second.RootElement.GetProperty("verdict").GetString(), Is.EqualTo("VERDICT_REVOKED"));
    }

    [Test]
    public async Task Verify_JsonWithoutDecision_IsAnErrorInItsPlace()
    {
        var run = await RunAsync("verify", "PERMISSION_DENIED", "VALID", "--json");
        using var first = JsonDocument.Parse(run.OutLines[0]);
        Assert.That(first.RootElement.GetProperty("error").GetProperty("code").GetInt32(), Is.EqualTo((int)StatusCode.PermissionDenied));
        Assert.That(run.OutLines[1], Does.Contain("VERDICT_VALID"));
        Assert.That(run.Error, Does.Contain("No decision was reached"));
    }

    [Test]
    public async Task Verify_ForPersons_ShowsVerdictDisplayAndTime()
    {
        var run = await RunAsync("verify", "REVOKED");
        Assert.That(run.Out, Does.Contain("✘ REVOKED  The licence has been revoked."));
        Assert.That(run.Out, Does.Contain("张*明"));
        Assert.That(run.Out, Does.Contain("2026-11-23 08:00:00 UTC+08:00"));
        Assert.That(run.Out, Does.Contain("without end"));
    }

    [Test]
    public async Task Verify_StandardInput_OneCodeALineBlankOnesSkipped()
    {
        var seen = new List<string>();
        Node.OnVerify = request =>
        {
            seen.Add(request.Code);
            return new VerifyResponse { Verification = Answer(request) };
        };
        var before = Console.In;
        Console.SetIn(new StringReader("VALID\n\nREVOKED\r\n  \nVALID"));
        try
        {
            var run = await RunAsync("verify", "--json");
            Assert.That(run.ExitCode, Is.EqualTo(1));
        }
        finally
        {
            Console.SetIn(before);
        }

        Assert.That(seen, Is.EqualTo(new[] { "VALID", "REVOKED", "VALID" }));
    }

    [Test]
    public async Task Verify_NoCodeAtAll_IsExit2()
    {
        var before = Console.In;
        Console.SetIn(new StringReader(""));
        try
        {
            var run = await RunAsync("verify");
            Assert.That(run.ExitCode, Is.EqualTo(2));
        }
        finally
        {
            Console.SetIn(before);
        }
    }

    [Test]
    public async Task Verify_Options_ReachTheNode()
    {
        VerifyRequest? seen = null;
        Node.OnVerify = request =>
        {
            seen = request;
            return new VerifyResponse { Verification = Answer(request) };
        };
        var receipt = Path.Combine(Folder, "receipt.cose");
        var run = await RunAsync(
            "verify", "VALID", "--scenario", "hotel-checkin", "--terminal", "t1", "--matter-code", "m", "--case-number", "c", "--receipt", receipt);
        Assert.That(run.ExitCode, Is.Zero);
        Assert.That(seen!.RequestId, Has.Length.EqualTo(32));
        seen.RequestId = "";
        Assert.That(seen, Is.EqualTo(new VerifyRequest
        {
            Code = "VALID",
            Scenario = "hotel-checkin",
            TerminalId = "t1",
            MatterCode = "m",
            CaseNumber = "c",
            WantReceipt = true,
        }));
        Assert.That(File.ReadAllBytes(receipt), Is.EqualTo(new byte[] { 1, 2, 3 }));
    }

    [Test]
    public async Task Verify_ReceiptForSeveralCodes_IsExit2()
    {
        var run = await RunAsync("verify", "VALID", "VALID", "--receipt", Path.Combine(Folder, "receipt.cose"));
        Assert.That(run.ExitCode, Is.EqualTo(2));
    }

    [Test]
    public async Task Verify_NodeUnreachable_IsExit3()
    {
        await Node.DisposeAsync();
        var run = await Run.OfAsync("verify", "VALID", "--json", "--node", "https://127.0.0.1:1", "--identity", Identity, "--lang", "en");
        Assert.That(run.ExitCode, Is.EqualTo(3));
        Assert.That(run.Error, Does.Contain("can't be reached"));
    }

    [Test]
    public async Task Verify_NodeFailsOnce_IsAskedAgainWithTheSameRequestId()
    {
        var ids = new List<string>();
        Node.OnVerify = request =>
        {
            ids.Add(request.RequestId);
            return ids.Count > 1 ? new VerifyResponse { Verification = Answer(request) } : throw new RpcException(new Status(StatusCode.Unavailable, "busy"));
        };
        var run = await RunAsync("verify", "VALID");
        Assert.That(run.ExitCode, Is.Zero);
        Assert.That(ids, Has.Count.EqualTo(2));
        Assert.That(ids[0], Is.EqualTo(ids[1]));
    }

    private static Verification Answer(VerifyRequest request) => request.Code switch
    {
        "INVALID_ARGUMENT" => throw new RpcException(new Status(StatusCode.InvalidArgument, "bad")),
        "PERMISSION_DENIED" => throw new RpcException(new Status(StatusCode.PermissionDenied, "no")),
        _ => new Verification
        {
            Verdict = request.Code switch { "VALID" => Verdict.Valid, "REVOKED" => Verdict.Revoked, _ => Verdict.Undetermined },
            Message = new Message { Zh = "证照已被吊销。", En = "The licence has been revoked." },
            IssuingRegion = "110000",
            LicenceType = "identity-card",
            Display = new Display { Name = "张*明", Number = "1****************X" },
            StatusAsOf = Timestamp.FromDateTimeOffset(new DateTimeOffset(2026, 11, 23, 0, 0, 0, TimeSpan.Zero)),
            TrustListVersion = 7,
            Presenter = Presenter.Holder,
            Receipt = request.WantReceipt ? ByteString.CopyFrom(1, 2, 3) : ByteString.Empty,
        },
    };
}
