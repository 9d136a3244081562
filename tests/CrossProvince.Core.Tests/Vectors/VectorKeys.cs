using System.Text.Json.Nodes;
using CrossProvince.Core.Signatures;
using Org.BouncyCastle.Math;

namespace CrossProvince.Core.Tests.Vectors;

/// <summary>The keys of the test vectors, by their names.</summary>
internal static class VectorKeys
{
    private static readonly Dictionary<string, VectorSigner> s_keys = new[]
    {
        "root-1", "root-2", "root-3", "beijing-code", "beijing-code-business", "beijing-code-next", "beijing-code-retired", "beijing-code-over", "beijing-code-compromised",
        "beijing-index", "beijing-index-over", "beijing-receipt", "tianjin-code", "tianjin-index", "hebei-code", "hebei-index", "nobody",
    }.ToDictionary(name => name, name => VectorSigner.Of(name, SignatureAlgorithm.Sm2));

    static VectorKeys()
    {
        foreach (var name in new[] { "beijing-code-p256", "tianjin-receipt" })
        {
            s_keys.Add(name, VectorSigner.Of(name, SignatureAlgorithm.Esp256));
        }

        // Two keys with the same key id, found by search.
        s_keys.Add("beijing-twin-1", new VectorSigner(SignatureAlgorithm.Esp256, new BigInteger("1000007174", 16)));
        s_keys.Add("beijing-twin-2", new VectorSigner(SignatureAlgorithm.Esp256, new BigInteger("100000994B", 16)));
    }

    internal static IEnumerable<VectorSigner> All => s_keys.Values;

    internal static VectorSigner Of(string name) => s_keys[name];

    /// <summary>keys.json.</summary>
    internal static JsonObject Describe() => new()
    {
        ["about"] = "The keys that the vectors were signed with, private halves included. Everybody has them: a node that uses one refuses to start.",
        ["keys"] = new JsonArray([.. s_keys.Select(key => new JsonObject
        {
            ["name"] = key.Key,
            ["algorithm"] = key.Value.PublicKey.Algorithm == SignatureAlgorithm.Sm2 ? "SM2" : "ESP256",
            ["kid"] = key.Value.PublicKey.Id.ToString(),
            ["spki"] = Convert.ToHexStringLower(key.Value.PublicKey.Spki.Span),
            ["d"] = key.Value.D,
        })]),
    };
}
