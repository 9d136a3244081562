using System.Security.Cryptography;
using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Signatures;
using CrossProvince.Core.Trust;

namespace CrossProvince.Core.Tests.Trust;

public sealed class TrustListTests
{
    private static readonly TestFederation s_federation = TestFederation.Shared;

    [Test]
    public void FindKeys_UseAndRegion_MustMatch()
    {
        var list = s_federation.List;
        var id = s_federation.Index.PublicKey.Id;

        Assert.That(
            (list.FindKeys(TestFederation.Beijing, id, KeyUse.Index).Length, list.FindKeys(TestFederation.Beijing, id, KeyUse.Code).Length, list.FindKeys(TestFederation.Tianjin, id, KeyUse.Index).Length),
            Is.EqualTo((1, 0, 0)));
    }

    [Test]
    public void FindKeys_Any_AllocatesNothing()
    {
        var list = s_federation.List;
        var id = s_federation.Index.PublicKey.Id;

        Assert.That(
            Allocated.Least(() =>
            {
                list.FindKeys(TestFederation.Beijing, id, KeyUse.Index);
                list.FindRegion(TestFederation.Tianjin);
            }),
            Is.Zero);
    }

    [Test]
    public void New_KeyTwice_IsRefused()
    {
        var first = TestFederation.Key(s_federation.Code, KeyUse.Code);
        var again = TestFederation.Key(s_federation.Code, KeyUse.Index);

        Assert.That(() => TestFederation.ListOf(TestFederation.Region(TestFederation.Beijing, first, again)), Throws.TypeOf<TrustListException>().With.Message.Contains("twice"));
        Assert.That(
            () => TestFederation.ListOf(TestFederation.Region(TestFederation.Beijing, first), TestFederation.Region(TestFederation.Tianjin, first)),
            Throws.TypeOf<TrustListException>().With.Message.Contains("twice"));
    }

    [Test]
    public void New_RegionTwice_IsRefused() => Assert.That(
        () => TestFederation.ListOf(TestFederation.Region(TestFederation.Beijing), TestFederation.Region(TestFederation.Beijing)),
        Throws.TypeOf<TrustListException>().With.Message.Contains("110000"));

    [Test]
    public void New_RootKeyInRegion_IsRefused() => Assert.That(
        () => TestFederation.ListOf(TestFederation.Region(TestFederation.Beijing, TestFederation.Key(s_federation.Code, KeyUse.Root))),
        Throws.TypeOf<TrustListException>().With.Message.Contains("no use"));

    [TestCase(4, false)]
    [TestCase(5, true)]
    public void FindCrowded_KeysOfOneId_AtMostFour(int count, bool crowded)
    {
        var ids = Enumerable.Repeat(new KeyId(5), count).Append(new KeyId(6));

        Assert.That(TrustList.FindCrowded(ids), crowded ? Is.EqualTo(new KeyId(5)) : Is.Null);
    }

    [TestCase("http://node.example")]
    [TestCase("https://user@node.example")]
    [TestCase("https://node.example/?a=b")]
    [TestCase("node.example")]
    [TestCase("")]
    public void New_Endpoint_MustBePlainHttps(string endpoint) => Refused(region => region with { ApiEndpoint = endpoint }, "https");

    [TestCase(0)]
    [TestCase(65_537)]
    public void New_ListBound_HasRange(int bound) => Refused(region => region with { ListBound = bound }, "bound");

    [Test]
    public void New_NoAuthority_IsRefused() => Refused(region => region with { CertificateAuthorities = [] }, "certificate authorities");

    [Test]
    public void New_CertificateOfNoAuthority_IsRefused() => Refused(region => region with { CertificateAuthorities = [TestFederation.MakeCertificate(isAuthority: false)] }, "not a certificate authority's");

    [Test]
    public void New_CertificateOfGarbage_IsRefused() => Refused(region => region with { CertificateAuthorities = [RandomNumberGenerator.GetBytes(100)] }, "not a certificate authority's");

    [Test]
    public void New_UnknownRole_IsRefused() => Refused(region => region with { PartnerRoles = ["admin"] }, "partner role");

    [Test]
    public void New_NoName_IsRefused() => Refused(region => region with { Names = new LocalizedText("北京市", "") }, "name");

    [TestCase(0, 0, 1, 32)]
    [TestCase(1, 1, 1, 32)]
    [TestCase(1, 0, 1, 31)]
    public void New_Header_HasRanges(long version, long issuedAt, long expiresAt, int hashLength) => Assert.That(
        () => new TrustList(version, issuedAt, expiresAt, [TestFederation.Region(TestFederation.Beijing)], new byte[hashLength]),
        Throws.TypeOf<TrustListException>());

    private static void Refused(Func<TrustedRegion, TrustedRegion> change, string reason) => Assert.That(
        () => TestFederation.ListOf(change(TestFederation.Region(TestFederation.Beijing))),
        Throws.TypeOf<TrustListException>().With.Message.Contains(reason));
}
