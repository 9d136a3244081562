namespace CrossProvince.Core.Signatures.TableEngine.Lanes;

/// <summary>A prime whose arithmetic also runs in lanes: p ≡ −1 (mod 2^52), so that the quotient digit of Montgomery's reduction is the lowest limb itself, and p + 1 has so few
/// bits that multiplying by it takes one split product and shifts.</summary>
internal interface ILaneField : IField
{
    /// <summary>Takes the lowest five columns away: adds m·p, where m is the one number below 2^260 that makes them 0, and carries.</summary>
    /// <param name="c0">The lowest column. All are not negative when their turn comes; what is added to one of these five is not stored, for nobody reads it again.</param>
    /// <param name="c1">Counts 2^52.</param>
    /// <param name="c2">Counts 2^104.</param>
    /// <param name="c3">Counts 2^156.</param>
    /// <param name="c4">Counts 2^208.</param>
    /// <param name="c5">Counts 2^260, and so on. Of all five digits together a column gains less than 2^57, and loses less than 2·2^52.</param>
    /// <param name="c6">The next.</param>
    /// <param name="c7">The next.</param>
    /// <param name="c8">The next.</param>
    /// <param name="c9">The last.</param>
    static abstract void Eliminate<T>(T c0, T c1, T c2, T c3, T c4, ref T c5, ref T c6, ref T c7, ref T c8, ref T c9)
        where T : unmanaged, ILanes<T>;

    /// <summary>How many times <see cref="Eliminate"/> adds <see cref="ILanes{T}.FoldBias"/> to a column.</summary>
    /// <param name="column">0 to 9.</param>
    static abstract int FoldBiases(int column);

    /// <summary>Subtracts q·p / 2^48, exactly, by limbs.</summary>
    /// <param name="q">Doubles: multiples of 2^48, at most 15 times that in size, and within 2^47 of limb 4.</param>
    /// <param name="x">Its limb 4 becomes 2^47 + 2^20 at most, and the others change by less than 2^48.</param>
    static abstract void SubtractMultiple<T>(T q, ref LaneElement<T> x)
        where T : unmanaged, ILanes<T>;
}
