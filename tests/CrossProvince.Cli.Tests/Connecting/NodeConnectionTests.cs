using CrossProvince.Cli.Tests.Fakes;
using CrossProvince.Client.Connecting;
using CrossProvince.Contracts.Verification.V1;
using CrossProvince.Core.Identifiers;
using Google.Protobuf.WellKnownTypes;
using Google.Rpc;
using Grpc.Core;

namespace CrossProvince.Cli.Tests.Connecting;

internal sealed class NodeConnectionTests : NodeFixture
{
    [Test]
    public async Task VerifyAsync_GoodNode_ShowsTheClientsCertificate()
    {
        Node.OnVerify = _ => new VerifyResponse { Verification = new Verification { Verdict = Verdict.Valid } };
        var answer = await VerifyAsync(Node.Address, new RegionCode(110000));
        Assert.That(answer.Verdict, Is.EqualTo(Verdict.Valid));
        Assert.That(Node.ClientSubject, Is.EqualTo("CN=test"));
    }

    [Test]
    public void VerifyAsync_NodeOfAnotherRegion_IsRefused() =>
        AssertFails(() => VerifyAsync(Node.Address, new RegionCode(120000)), NodeFailure.TlsRefused, "it is the node of 110000, not of 120000");

    [TestCase("urn:crossprovince:110000:verifier:91110000802100433B", "localhost", "not a node's")]
    [TestCase(null, "localhost", "not a node's")]
    [TestCase("urn:crossprovince:110000:node:91110000802100433B", "elsewhere.example", "names another host")]
    public async Task VerifyAsync_CertificateIsNotThatNodes_IsRefused(string? urn, string host, string reason)
    {
        await using var other = await FakeNode.StartAsync(Authority.Issue(urn, host: host));
        AssertFails(() => VerifyAsync(other.Address), NodeFailure.TlsRefused, reason);
    }

    [Test]
    public async Task VerifyAsync_NodeOfAnUnknownAuthority_IsRefused()
    {
        using var unknown = new TestAuthority();
        await using var other = await FakeNode.StartAsync(unknown.Issue("urn:crossprovince:110000:node:91110000802100433B"));
        AssertFails(() => VerifyAsync(other.Address), NodeFailure.TlsRefused, "does not chain to ca.pem");
    }

    [Test]
    public async Task VerifyAsync_NodesCertificateExpired_IsRefused()
    {
        await using var other = await FakeNode.StartAsync(
            Authority.Issue("urn:crossprovince:110000:node:91110000802100433B", DateTimeOffset.UtcNow.AddDays(-1)));
        AssertFails(() => VerifyAsync(other.Address), NodeFailure.TlsRefused, "does not chain to ca.pem");
    }

    [Test]
    public void VerifyAsync_NobodyListens_IsUnreachable() =>
        AssertFails(() => VerifyAsync("https://127.0.0.1:1"), NodeFailure.Unreachable, "can't be reached");

    [Test]
    public void VerifyAsync_RichError_GivesFieldAndRetry()
    {
        Node.OnVerify = _ => throw new Google.Rpc.Status
        {
            Code = (int)StatusCode.InvalidArgument,
            Message = "bad request",
            Details =
            {
                Any.Pack(new BadRequest { FieldViolations = { new BadRequest.Types.FieldViolation { Field = "terminal_id", Description = "1 to 64 characters" } } }),
                Any.Pack(new RetryInfo { RetryDelay = Duration.FromTimeSpan(TimeSpan.FromSeconds(2)) }),
                Any.Pack(new ErrorInfo { Reason = "TERMINAL_MISSING" }),
                Any.Pack(new LocalizedMessage { Locale = "zh-CN", Message = "1 至 64 个字符" }),
            },
        }.ToRpcException();
        var error = AssertFails(() => VerifyAsync(Node.Address), NodeFailure.Answered, "terminal_id: 1 to 64 characters");
        Assert.That(error.Field, Is.EqualTo("terminal_id"));
        Assert.That(error.StatusCode, Is.EqualTo(StatusCode.InvalidArgument));
        Assert.That(error.RetryAfter, Is.EqualTo(TimeSpan.FromSeconds(2)));
        Assert.That(error.Reason, Is.EqualTo("TERMINAL_MISSING"));
        Assert.That(error.Text.Zh, Is.EqualTo("1 至 64 个字符"));
    }

    [Test]
    public void Open_PlainHttp_IsRefused()
    {
        using var identity = NodeIdentity.Load(Identity);
        Assert.That(() => NodeConnection.Open(new Uri("http://127.0.0.1:7080"), identity), Throws.ArgumentException);
    }

    private async Task<Verification> VerifyAsync(string address, RegionCode? region = null)
    {
        using var identity = NodeIdentity.Load(Identity);
        using var connection = NodeConnection.Open(new Uri(address), identity, region);
        var response = await connection.Verifications.VerifyAsync(new VerifyRequest { Code = "A" });
        return response.Verification;
    }

    private static NodeException AssertFails(Func<Task> call, NodeFailure failure, string reason)
    {
        var error = Assert.ThrowsAsync<NodeException>(() => call());
        Assert.That(error.Message, Does.Contain(reason));
        Assert.That(error.Failure, Is.EqualTo(failure));
        return error;
    }
}
