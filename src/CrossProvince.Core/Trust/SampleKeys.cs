using System.Security.Cryptography;

namespace CrossProvince.Core.Trust;

/// <summary>The keys of <c>certs-sample/</c> and of the test vectors, whose private halves everybody has: good for Development only.</summary>
public static class SampleKeys
{
    private static readonly Lazy<HashSet<string>> s_hashes = new(Read);

    /// <summary>Whether a public key is one of them.</summary>
    /// <param name="spkiDer">SubjectPublicKeyInfo, of a signing key or of a certificate.</param>
    public static bool Contains(ReadOnlySpan<byte> spkiDer) => s_hashes.Value.Contains(Convert.ToHexStringLower(SHA256.HashData(spkiDer)));

    private static HashSet<string> Read() => [.. Read("sample-keys.txt"), .. Read("vector-keys.txt")];

    private static string[] Read(string name)
    {
        using var stream = typeof(SampleKeys).Assembly.GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"The list {name} of known keys is missing from the assembly.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
    }
}
