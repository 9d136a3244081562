using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace CrossProvince.Core.Signatures.TableEngine.Lanes;

/// <summary>Decides as many claims at once as there are lanes; a group takes the same time whether its lanes are all used or not.</summary>
/// <remarks>
/// A lane's answer counts where it is certain. <see cref="ScalarEngine"/> decides anew where equal or opposite points met (ZZ ≡ 0: a valid signature can get there),
/// where u = 0, which has no digits, and where x₁ ≡ c has a second solution c + n below p.
/// </remarks>
internal sealed class LaneEngine<T> : IEngine
    where T : unmanaged, ILanes<T>
{
    private const int MaxSteps = 128;
    private const int StepsAhead = 2;
    private const int Alignment = 64;
    private const int ChunkSize = 64;
    private const int Limbs = 5;

    /// <inheritdoc/>
    public void Decide<TCurve>(ReadOnlySpan<Claim<TCurve>> claims, Span<bool> holds)
        where TCurve : struct, ICurve
    {
        while (claims.Length > ChunkSize)
        {
            DecideChunk(claims[..ChunkSize], holds);
            claims = claims[ChunkSize..];
            holds = holds[ChunkSize..];
        }

        DecideChunk(claims, holds);
    }

    /// <summary>The engine's name.</summary>
    public override string ToString() => $"{T.Count} lanes";

    /// <summary>Forms groups of tables of the same width, since all lanes take the same number of steps.</summary>
    private static void DecideChunk<TCurve>(ReadOnlySpan<Claim<TCurve>> claims, Span<bool> holds)
        where TCurve : struct, ICurve
    {
        Span<int> members = stackalloc int[T.Count];
        var open = claims.Length == ChunkSize ? ulong.MaxValue : (1UL << claims.Length) - 1;
        while (open != 0)
        {
            var steps = claims[BitOperations.TrailingZeroCount(open)].Multiples.Steps;
            var count = 0;
            for (var rest = open; rest != 0 && count < T.Count; rest &= rest - 1)
            {
                var i = BitOperations.TrailingZeroCount(rest);
                if (claims[i].Multiples.Steps == steps)
                {
                    members[count++] = i;
                    open &= ~(1UL << i);
                }
            }

            // One alone is done sooner by scalar code than by vectors of which one lane counts.
            if (count == 1)
            {
                holds[members[0]] = ScalarEngine.Holds(claims[members[0]]);
            }
            else
            {
                DecideGroup(claims, members[..count], holds);
            }
        }
    }

    [SkipLocalsInit]
    private static unsafe void DecideGroup<TCurve>(ReadOnlySpan<Claim<TCurve>> claims, ReadOnlySpan<int> members, Span<bool> holds)
        where TCurve : struct, ICurve
    {
        var steps = stackalloc nint[MaxSteps * T.Count];
        var count = LocateAll(claims, members, new Span<nint>(steps, MaxSteps * T.Count));

        // Stack memory is aligned to 16 bytes only, and loads across cache lines cost twice.
        var room = stackalloc byte[sizeof(LanePoint<TCurve, T>) + Alignment];
        ref var sum = ref *(LanePoint<TCurve, T>*)(((nuint)room + Alignment - 1) & ~(nuint)(Alignment - 1));
        sum.Begin(steps);
        for (var i = 1; i < count; i++)
        {
            Prefetch(steps + (Math.Min(i + StepsAhead, count - 1) * T.Count));
            sum.Add(steps + (i * T.Count));
        }

        // The claims are read below, so that their tables were reachable until here.
        sum.CompareX(LoadC(claims, members), out var difference);
        for (var lane = 0; lane < members.Length; lane++)
        {
            ref readonly var claim = ref claims[members[lane]];
            var matches = Extract<TCurve>(difference, lane).IsZero;
            var certain = !Extract<TCurve>(sum.ZZ, lane).IsZero && !claim.Equation.U.IsZero && (matches || !claim.Equation.C.TryAddOrder(out _));
            holds[members[lane]] = certain ? matches : ScalarEngine.Holds(claim);
        }
    }

    /// <summary>The steps of all lanes, lane beside lane; lanes without a claim repeat the first.</summary>
    /// <returns>How many steps there are.</returns>
    private static int LocateAll<TCurve>(ReadOnlySpan<Claim<TCurve>> claims, ReadOnlySpan<int> members, Span<nint> steps)
        where TCurve : struct, ICurve
    {
        var generator = PointTable<TCurve>.Generator;
        var count = generator.Steps + claims[members[0]].Multiples.Steps;
        for (var lane = 0; lane < members.Length; lane++)
        {
            ref readonly var claim = ref claims[members[lane]];
            generator.Locate(claim.Equation.U, steps[lane..], T.Count);
            claim.Multiples.Locate(claim.Equation.V, steps[((generator.Steps * T.Count) + lane)..], T.Count);
        }

        for (var i = 0; members.Length < T.Count && i < count; i++)
        {
            var row = steps.Slice(i * T.Count, T.Count);
            row[members.Length..].Fill(row[0]);
        }

        return count;
    }

    private static unsafe void Prefetch(nint* steps)
    {
        for (var lane = 0; lane < T.Count; lane++)
        {
            Sse.Prefetch0((void*)steps[lane]);
        }
    }

    private static unsafe LaneElement<T> LoadC<TCurve>(ReadOnlySpan<Claim<TCurve>> claims, ReadOnlySpan<int> members)
        where TCurve : struct, ICurve
    {
        var words = stackalloc nint[4 * T.Count];
        for (var lane = 0; lane < T.Count; lane++)
        {
            claims[members[lane < members.Length ? lane : 0]].Equation.C.CopyTo(new Span<nint>(words + lane, (3 * T.Count) + 1), T.Count);
        }

        return LaneElement<T>.OfWords(T.Load(words), T.Load(words + T.Count), T.Load(words + (2 * T.Count)), T.Load(words + (3 * T.Count)));
    }

    /// <summary>One lane of an element whose value is between −2p and 2p.</summary>
    private static FieldElement<TCurve> Extract<TCurve>(in LaneElement<T> element, int lane)
        where TCurve : struct, ICurve
    {
        var doubles = MemoryMarshal.Cast<LaneElement<T>, double>(new ReadOnlySpan<LaneElement<T>>(in element));
        Span<long> limbs = stackalloc long[Limbs];
        for (var i = 0; i < Limbs; i++)
        {
            limbs[i] = (long)doubles[(i * T.Count) + lane];
        }

        return FieldElement<TCurve>.FromSignedLimbs(limbs);
    }
}
