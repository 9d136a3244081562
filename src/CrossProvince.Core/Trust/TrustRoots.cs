using CrossProvince.Core.Signatures;

namespace CrossProvince.Core.Trust;

/// <summary>The root keys that sign trust lists.</summary>
/// <param name="Keys">The keys, each once.</param>
/// <param name="Threshold">How many different ones must have signed.</param>
public sealed record TrustRoots(IReadOnlyList<PublicKey> Keys, int Threshold = 2);
