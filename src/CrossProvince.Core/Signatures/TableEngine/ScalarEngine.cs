using System.Runtime.CompilerServices;

namespace CrossProvince.Core.Signatures.TableEngine;

/// <summary>Decides one equation at a time, completely: every signature gets its right answer here, whatever points meet on the way.</summary>
/// <remarks>Needs nothing of the processor. The engine of lanes hands over what it can't decide.</remarks>
internal sealed class ScalarEngine : ISm2Engine
{
    // 22 for the generator, at most 64 for a key.
    private const int MaxSteps = 128;

    /// <inheritdoc/>
    public void Decide(ReadOnlySpan<Sm2Claim> claims, Span<bool> holds)
    {
        for (var i = 0; i < claims.Length; i++)
        {
            holds[i] = Holds(claims[i]);
        }
    }

    /// <summary>The engine's name.</summary>
    public override string ToString() => "scalar";

    /// <summary>Whether the claim's equation holds.</summary>
    [SkipLocalsInit]
    public static bool Holds(in Sm2Claim claim)
    {
        var multiples = claim.Multiples;
        var generator = PointTable.Generator;
        Span<nint> steps = stackalloc nint[MaxSteps];
        generator.Locate(claim.Equation.S, steps, 1);
        multiples.Locate(claim.Equation.T, steps[generator.Steps..], 1);

        var sum = CurvePoint.Infinity;
        foreach (var step in steps[..(generator.Steps + multiples.Steps)])
        {
            sum.Add(PointTable.Read(step));
        }

        GC.KeepAlive(multiples);
        return HasX(sum, claim.Equation.C);
    }

    /// <summary>Whether x of the point is c or, where that is still below p, c + n.</summary>
    private static bool HasX(in CurvePoint point, in OrderScalar c)
    {
        if (point.IsInfinity)
        {
            return false;
        }

        // x = X/ZZ, so X = x·ZZ.
        return (point.X - (c.ToField() * point.ZZ)).IsZero
            || (c.TryAddOrder(out var above) && (point.X - (above * point.ZZ)).IsZero);
    }
}
