namespace CrossProvince.Core.Signatures.TableEngine;

/// <summary>A prime p with 2^256 − 2^225 &lt; p &lt; 2^256, modulo which <see cref="FieldElement{TField}"/> counts, and the three steps of its arithmetic that a good
/// prime makes cheap.</summary>
/// <remarks>Implemented by types without content, so that the compiler makes one machine code for each and puts the constants into it.</remarks>
internal interface IField
{
    /// <summary>Bits 0 to 51 of p.</summary>
    static abstract ulong P0 { get; }

    /// <summary>Bits 52 to 103 of p.</summary>
    static abstract ulong P1 { get; }

    /// <summary>Bits 104 to 155 of p.</summary>
    static abstract ulong P2 { get; }

    /// <summary>Bits 156 to 207 of p.</summary>
    static abstract ulong P3 { get; }

    /// <summary>Bits 208 to 255 of p.</summary>
    static abstract ulong P4 { get; }

    /// <summary>1 in Montgomery form, 2^260 mod p: five limbs of 52 bits, least first, all but the last in [−2^51, 2^51).</summary>
    static abstract ReadOnlySpan<long> One { get; }

    /// <summary>2^260 in Montgomery form, 2^520 mod p, in limbs as <see cref="One"/>: multiplying by it brings a plain number into Montgomery form.</summary>
    static abstract ReadOnlySpan<long> Radix { get; }

    /// <summary>Adds m·p to a column c and the five after it, where m, below 2^52, makes c a multiple of 2^52, and carries what is then left of c.</summary>
    /// <param name="c">The column; signed. What is added to it is not stored, for nobody reads it again.</param>
    /// <param name="next1">The next column; counts 2^52. No column gains or loses more than 2·2^52 beside the carry.</param>
    /// <param name="next2">Counts 2^104.</param>
    /// <param name="next3">Counts 2^156.</param>
    /// <param name="next4">Counts 2^208.</param>
    /// <param name="next5">Counts 2^260.</param>
    static abstract void Eliminate(ulong c, ref ulong next1, ref ulong next2, ref ulong next3, ref ulong next4, ref ulong next5);

    /// <summary>Adds q·(2^256 − p): what q·2^256, just cut off, still counts modulo p.</summary>
    /// <param name="q">−8 to 8.</param>
    /// <param name="x0">Limbs of 52 bits, least first; each changes by less than 2^55.</param>
    /// <param name="x1">Counts 2^52.</param>
    /// <param name="x2">Counts 2^104.</param>
    /// <param name="x3">Counts 2^156.</param>
    /// <param name="x4">Counts 2^208.</param>
    static abstract void Fold(long q, ref long x0, ref long x1, ref long x2, ref long x3, ref long x4);
}
