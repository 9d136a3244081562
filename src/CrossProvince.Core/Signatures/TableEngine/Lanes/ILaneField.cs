namespace CrossProvince.Core.Signatures.TableEngine.Lanes;

/// <summary>A prime whose arithmetic also runs in lanes: p ≡ −1 (mod 2^52), so that the quotient digit of Montgomery's reduction is the lowest limb itself, and p + 1 has so few
/// bits that multiplying by it takes shifts and additions only.</summary>
internal interface ILaneField : IField
{
    /// <summary>Adds m·p to the columns from c upward, where m = c mod 2^52, and carries what is left of c: a multiple of 2^52.</summary>
    /// <param name="c">Not negative, and as it is not stored, not changed.</param>
    /// <param name="next1">The next column. Of all five together a column gains less than 2^57 in a reduction, and loses less than 2·2^52.</param>
    /// <param name="next2">Counts 2^104.</param>
    /// <param name="next3">Counts 2^156.</param>
    /// <param name="next4">Counts 2^208.</param>
    /// <param name="next5">Counts 2^260.</param>
    static abstract void Eliminate<T>(T c, ref T next1, ref T next2, ref T next3, ref T next4, ref T next5)
        where T : unmanaged, ILanes<T>;

    /// <summary>Subtracts q·p / 2^48, exactly, by limbs.</summary>
    /// <param name="q">Doubles: multiples of 2^48, at most 15 times that in size, and within 2^47 of limb 4.</param>
    /// <param name="x">Its limb 4 becomes 2^47 + 2^20 at most, and the others change by less than 2^48.</param>
    static abstract void SubtractMultiple<T>(T q, ref LaneElement<T> x)
        where T : unmanaged, ILanes<T>;
}
