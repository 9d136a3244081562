using CrossProvince.Cli.Tests.Fakes;
using CrossProvince.Client.Connecting;
using CrossProvince.Client.Verifying;
using CrossProvince.Contracts.Verification.V1;

namespace CrossProvince.Cli.Tests.Verifying;

internal sealed class VerifyingClientTests : NodeFixture
{
    [Test]
    public async Task VerifyAllAsync_SeveralCodes_AnswersInOrderWithRequestIdsOfTheirOwn()
    {
        var ids = new HashSet<string>();
        Node.OnVerify = request =>
        {
            ids.Add(request.RequestId);
            return new VerifyResponse { Verification = new Verification { VerificationId = $"{request.TerminalId}-{request.Code}", Verdict = Verdict.Valid } };
        };
        using var identity = NodeIdentity.Load(Identity);
        using var connection = NodeConnection.Open(new Uri(Node.Address), identity);
        var results = await new VerifyingClient(connection.Verifications, "t1").VerifyAllAsync(["a", "b", "c"]);
        Assert.That(results.Select(result => result.Verification.VerificationId), Is.EqualTo(new[] { "t1-a", "t1-b", "t1-c" }));
        Assert.That(ids, Has.Count.EqualTo(3));
    }
}
