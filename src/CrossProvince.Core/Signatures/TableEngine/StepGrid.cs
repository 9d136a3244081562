using System.Numerics;

namespace CrossProvince.Core.Signatures.TableEngine;

/// <summary>Where the steps of a multiple go: rows of lanes, some lanes of each row.</summary>
/// <param name="start">The place of the first step.</param>
/// <param name="lanesEach">How many lanes of a row, one beside the other; a power of two.</param>
/// <param name="lanes">Places of a row.</param>
internal readonly unsafe struct StepGrid(nint* start, int lanesEach, int lanes)
{
    private readonly nint* _start = start;
    private readonly int _mask = lanesEach - 1;
    private readonly int _shift = BitOperations.Log2((uint)lanesEach);
    private readonly int _lanes = lanes;

    /// <summary>The place of a step.</summary>
    /// <param name="i">Its number.</param>
    public nint* this[int i] => _start + ((i >> _shift) * _lanes) + (i & _mask);
}
