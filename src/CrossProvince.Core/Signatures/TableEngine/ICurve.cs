using CrossProvince.Core.Signatures.TableEngine.Lanes;

namespace CrossProvince.Core.Signatures.TableEngine;

/// <summary>A curve y² = x³ − 3x + b of prime order n over the field of p: what the engine must know of it beside its field.</summary>
/// <remarks>n is odd, p − 2^129 &lt; n &lt; p (H. Hasse), and 2^256 &lt; 2n.</remarks>
internal interface ICurve : ILaneField
{
    /// <summary>The signatures that are made on it.</summary>
    static abstract SignatureAlgorithm Algorithm { get; }

    /// <summary>Bits 0 to 63 of n.</summary>
    static abstract ulong N0 { get; }

    /// <summary>Bits 64 to 127 of n.</summary>
    static abstract ulong N1 { get; }

    /// <summary>Bits 128 to 191 of n.</summary>
    static abstract ulong N2 { get; }

    /// <summary>Bits 192 to 255 of n.</summary>
    static abstract ulong N3 { get; }

    /// <summary>p − n, which has no more than 128 bits.</summary>
    static abstract UInt128 PrimeMinusOrder { get; }

    /// <summary>The generator: x ‖ y, 64 bytes, big endian.</summary>
    static abstract ReadOnlySpan<byte> Generator { get; }
}
