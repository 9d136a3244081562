using System.Security.Cryptography;

namespace CrossProvince.Core.Trust;

/// <summary>The keys of <c>certs-sample/</c>, whose private halves everybody has: good for Development only.</summary>
public static class SampleKeys
{
    private static readonly Lazy<HashSet<string>> s_hashes = new(Read);

    /// <summary>Whether a public key is one of them.</summary>
    /// <param name="spkiDer">SubjectPublicKeyInfo, of a signing key or of a certificate.</param>
    public static bool Contains(ReadOnlySpan<byte> spkiDer) => s_hashes.Value.Contains(Convert.ToHexStringLower(SHA256.HashData(spkiDer)));

    private static HashSet<string> Read()
    {
        using var stream = typeof(SampleKeys).Assembly.GetManifestResourceStream("sample-keys.txt")
            ?? throw new InvalidOperationException("The list of sample keys is missing from the assembly.");
        using var reader = new StreamReader(stream);
        return [.. reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)];
    }
}
