namespace CrossProvince.Core.Signatures.TableEngine;

/// <summary>Decides claims. Every engine gives every claim the same answer; they differ in what they need of the processor.</summary>
/// <remarks>Safe for concurrent calls; allocates nothing.</remarks>
internal interface ISm2Engine
{
    /// <summary>Decides each claim on its own.</summary>
    /// <param name="claims">Any number.</param>
    /// <param name="holds">Receives the answers; as long as <paramref name="claims"/>.</param>
    void Decide(ReadOnlySpan<Sm2Claim> claims, Span<bool> holds);
}
