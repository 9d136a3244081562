namespace CrossProvince.Core.Signatures.TableEngine;

/// <summary>Decides claims. Every engine gives every claim the same answer; they differ in what they need of the processor.</summary>
/// <remarks>Safe for concurrent calls; allocates nothing.</remarks>
internal interface IEngine
{
    /// <summary>Decides each claim on its own.</summary>
    /// <param name="claims">Any number.</param>
    /// <param name="holds">Receives the answers; as long as <paramref name="claims"/>.</param>
    void Decide<TCurve>(ReadOnlySpan<Claim<TCurve>> claims, Span<bool> holds)
        where TCurve : struct, ICurve;
}
