using CrossProvince.Core.Signatures;

namespace CrossProvince.Core.Tests.Signatures;

/// <summary>Fixed keys: SM2 is the key of GB/T 32918.5 Annex A, P-256 that of RFC 6979 A.2.5.</summary>
internal static class TestKeys
{
    public const string Sm2D = "3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8";

    public const string Sm2Q =
        "09F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13";

    public const string P256D = "C9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721";

    public const string P256Q =
        "60FED4BA255A9D31C961EB74C6356D68C049B8923B61FA6CE669622E60F29FB67903FE1008B8BC99A41AE9E95628BC64F2F1B20C2D7E9F5177A3C294D4462299";

    public static SoftwareSigner Sm2 { get; } = SoftwareSigner.FromPem(Pkcs8Pem(SignatureAlgorithm.Sm2, Sm2D));

    public static SoftwareSigner P256 { get; } = SoftwareSigner.FromPem(Pkcs8Pem(SignatureAlgorithm.Esp256, P256D));

    public static SoftwareSigner Of(SignatureAlgorithm algorithm) => algorithm == SignatureAlgorithm.Sm2 ? Sm2 : P256;

    /// <summary>PKCS #8 without the optional public key: SEQUENCE { 0, algorithm, OCTET STRING { SEQUENCE { 1, d } } }.</summary>
    public static string Pkcs8Pem(SignatureAlgorithm algorithm, string d)
    {
        var curve = algorithm == SignatureAlgorithm.Sm2 ? "2A811CCF5501822D" : "2A8648CE3D030107";
        var der = Convert.FromHexString($"3041020100301306072A8648CE3D02010608{curve}042730250201010420{d}");
        return $"-----BEGIN PRIVATE KEY-----\n{Convert.ToBase64String(der)}\n-----END PRIVATE KEY-----\n";
    }

    /// <summary>SubjectPublicKeyInfo of x ‖ y, which need not be a point.</summary>
    public static byte[] Spki(SignatureAlgorithm algorithm, string q) =>
        Convert.FromHexString(
            "3059301306072A8648CE3D02010608" + (algorithm == SignatureAlgorithm.Sm2 ? "2A811CCF5501822D" : "2A8648CE3D030107") + "03420004" + q);

    public static bool Verifies(PublicKey key, ReadOnlyMemory<byte> message, ReadOnlyMemory<byte> signature)
    {
        var results = new bool[1];
        new LibrarySignatureVerifier().VerifyMany([new SignedMessage(key, message, signature)], results);
        return results[0];
    }
}
