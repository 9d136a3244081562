using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace CrossProvince.Core.Signatures.TableEngine;

/// <summary>Decides one equation at a time, completely: every signature gets its right answer here, whatever points meet on the way.</summary>
/// <remarks>Needs nothing of the processor. The engine of lanes hands over what it can't decide.</remarks>
internal sealed class ScalarEngine : IEngine
{
    // 22 for the generator, at most 64 for a key.
    private const int MaxSteps = 128;

    /// <inheritdoc/>
    public void Decide<TCurve>(ReadOnlySpan<Claim<TCurve>> claims, Span<bool> holds)
        where TCurve : struct, ICurve
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
    public static unsafe bool Holds<TCurve>(in Claim<TCurve> claim)
        where TCurve : struct, ICurve
    {
        var multiples = claim.Multiples;
        var generator = PointTable<TCurve>.Generator;
        var steps = stackalloc nint[MaxSteps];
        var grid = new StepGrid(steps, 1, 1);
        var count = 0;
        if (!claim.Equation.U.IsZero)
        {
            generator.Locate(claim.Equation.U, grid, 0);
            count = generator.Steps;
        }

        multiples.Locate(claim.Equation.V, grid, count);
        count += multiples.Steps;

        if (Sse.IsSupported)
        {
            // Half a hundred lines of a large table: waited for one by one, they take longer than a tenth of the sum.
            for (var i = 0; i < count; i++)
            {
                Sse.Prefetch0((void*)steps[i]);
            }
        }

        var sum = CurvePoint<TCurve>.Infinity;
        for (var i = 0; i < count; i++)
        {
            sum.Add(PointTable<TCurve>.Read(steps[i]));
        }

        GC.KeepAlive(multiples);
        return HasX(sum, claim.Equation.C);
    }

    /// <summary>Whether x of the point is c or, where that is still below p, c + n.</summary>
    private static bool HasX<TCurve>(in CurvePoint<TCurve> point, in OrderScalar<TCurve> c)
        where TCurve : struct, ICurve
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
