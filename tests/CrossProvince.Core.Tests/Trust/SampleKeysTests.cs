using CrossProvince.Core.Trust;

namespace CrossProvince.Core.Tests.Trust;

public sealed class SampleKeysTests
{
    [Test]
    public void Contains_NewKey_IsNoSample() => Assert.That(SampleKeys.Contains(TestFederation.Shared.Code.PublicKey.Spki.Span), Is.False);
}
