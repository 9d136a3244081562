namespace CrossProvince.Core.Signatures;

/// <summary>What signs with SM2. Either verifies each signature before it leaves.</summary>
public enum Sm2Signing
{
    /// <summary>The library BouncyCastle, which does not promise that its time tells nothing of the key.</summary>
    BouncyCastle,

    /// <summary>Code of this project whose time does not depend on secrets, and which is several times faster; the key can be zeroed.</summary>
    ConstantTime,
}
