using CrossProvince.Contracts.Verification.V1;
using CrossProvince.Integration.Tests.Nodes;
using Grpc.Core;

namespace CrossProvince.Integration.Tests.Identity;

/// <summary>Roles that the trust list does not admit, though certificate and partner file are in order.</summary>
public sealed class PartnerRolesTests : FederationFixture
{
    private static readonly VerifyRequest s_request = new() { Code = "x", TerminalId = "t" };

    internal override FederationPlan Plan { get; } = new()
    {
        Running = [TestFederation.Beijing],
        Trust = (_, list) => list
            .Change(TestFederation.Beijing, r => r with { Partners = new() { Roles = ["node", "authority"] } })
            .Change(TestFederation.Tianjin, r => r with { Partners = new() { Roles = ["verifier"] } }),
    };

    [TestCase("verifier", "verifier from region 110000")]
    [TestCase("../120000/node", "node from region 120000")]
    public void Verify_RoleNotAdmittedForTheRegion_IsUnauthenticated(string identity, string saying)
    {
        var error = Refusal.Of(Beijing.Connect(identity).Verifications.VerifyAsync(s_request));

        Assert.That((error.StatusCode, error.Reason), Is.EqualTo((StatusCode.Unauthenticated, "ROLE_NOT_ADMITTED")));
        Assert.That(error.Message, Does.Contain(saying));
    }

    [Test]
    public async Task Verify_RoleAdmittedForAnotherRegion_IsTaken() =>
        Assert.That((await Beijing.Connect("../130000/node").Verifications.VerifyAsync(s_request)).Verification.Verdict, Is.EqualTo(Verdict.Malformed));
}
