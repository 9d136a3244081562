using CrossProvince.Core.Signatures;
using CrossProvince.Core.Tests.Signatures;

namespace CrossProvince.Core.Tests.Verification;

/// <summary>Two P-256 keys with the same key id, found by search: their private values are small numbers.</summary>
internal static class CollidingKeys
{
    internal static SoftwareSigner First { get; } = Read("1000007174");

    internal static SoftwareSigner Second { get; } = Read("100000994B");

    private static SoftwareSigner Read(string d) => SoftwareSigner.FromPem(TestKeys.Pkcs8Pem(SignatureAlgorithm.Esp256, d.PadLeft(64, '0')));
}
