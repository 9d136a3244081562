using System.Numerics;
using System.Runtime.CompilerServices;

namespace CrossProvince.Core.Signatures.TableEngine.Lanes;

/// <summary>Decides claims in groups that fill the lanes, a lane a claim; of few claims, each gets several lanes, whose sums are added in the end.</summary>
/// <remarks>
/// <para>A group takes the same time whether its lanes are all used or not. Where there are several groups, their points are first added pairwise
/// (<see cref="LanePairs{TCurve, T}"/>); what is left of them, and all of a single group, one after the other (<see cref="LanePoint{TCurve, T}"/>).</para>
/// <para>A lane's answer counts where it is certain. <see cref="ScalarEngine"/> decides anew where equal or opposite points met (a valid signature can get there),
/// where u = 0, which has no digits, and where x₁ ≡ c has a second solution c + n below p.</para>
/// </remarks>
internal sealed unsafe class LaneEngine<T> : IEngine
    where T : unmanaged, ILanes<T>
{
    private const int MaxClaims = LaneRoom<Sm2Curve, T>.MaxClaims;

    /// <inheritdoc/>
    public void Decide<TCurve>(ReadOnlySpan<Claim<TCurve>> claims, Span<bool> holds)
        where TCurve : struct, ICurve
    {
        while (claims.Length > MaxClaims)
        {
            DecideChunk(claims[..MaxClaims], holds);
            claims = claims[MaxClaims..];
            holds = holds[MaxClaims..];
        }

        DecideChunk(claims, holds);
    }

    /// <summary>The engine's name.</summary>
    public override string ToString() => $"{T.Count} lanes";

    /// <summary>Takes claims together whose tables have the same width, since all lanes take the same number of steps.</summary>
    [SkipLocalsInit]
    private static void DecideChunk<TCurve>(ReadOnlySpan<Claim<TCurve>> claims, Span<bool> holds)
        where TCurve : struct, ICurve
    {
        Span<int> members = stackalloc int[MaxClaims];
        var open = claims.Length == MaxClaims ? ulong.MaxValue : (1UL << claims.Length) - 1;
        while (open != 0)
        {
            var steps = claims[BitOperations.TrailingZeroCount(open)].Multiples.Steps;
            var count = 0;
            for (var rest = open; rest != 0; rest &= rest - 1)
            {
                var i = BitOperations.TrailingZeroCount(rest);
                if (claims[i].Multiples.Steps == steps)
                {
                    members[count++] = i;
                    open &= ~(1UL << i);
                }
            }

            // A last group that would fill no more than half of the lanes gives its claims several each.
            var few = count % T.Count <= T.Count / 2 ? count % T.Count : 0;
            if (count > few)
            {
                Decide(claims, members[..(count - few)], 1, holds);
            }

            if (few > 0)
            {
                Decide(claims, members[(count - few)..count], T.Count / (int)BitOperations.RoundUpToPowerOf2((uint)few), holds);
            }
        }
    }

    /// <summary>Decides claims whose tables have the same width.</summary>
    /// <param name="claims">All of the chunk.</param>
    /// <param name="members">Those to decide.</param>
    /// <param name="lanesEach">How many lanes share the steps of a claim.</param>
    /// <param name="holds">Receives the answers.</param>
    private static void Decide<TCurve>(ReadOnlySpan<Claim<TCurve>> claims, ReadOnlySpan<int> members, int lanesEach, Span<bool> holds)
        where TCurve : struct, ICurve
    {
        var room = LaneRoom<TCurve, T>.OfThisThread;
        var together = T.Count / lanesEach;
        var groups = (members.Length + together - 1) / together;
        var rows = (PointTable<TCurve>.Generator.Steps + claims[members[0]].Multiples.Steps + lanesEach - 1) / lanesEach;
        for (var group = 0; group < groups; group++)
        {
            Locate(claims, GroupOf(members, group, together), lanesEach, rows, room.Steps + (group * rows * T.Count));
        }

        Span<byte> doubtful = stackalloc byte[MaxClaims];
        doubtful.Clear();
        room.Pairs->Begin(room, groups, rows);
        if (groups == 1)
        {
            // An inversion would take longer than what it saves.
            room.Pairs->Load();
        }

        for (var round = 0; groups > 1 && round < LanePairs<TCurve, T>.MaxRounds; round++)
        {
            room.Pairs->Halve(doubtful);
        }

        for (var group = 0; group < groups; group++)
        {
            var points = room.Points + (group * rows);
            room.Sum->Begin(*points);
            for (var row = room.Pairs->Distance; row < rows; row += room.Pairs->Distance)
            {
                room.Sum->Add(points[row]);
            }

            for (var distance = 1; distance < lanesEach; distance *= 2)
            {
                room.Sum->AddExchanged(distance);
            }

            // The claims are read below, so that their tables were reachable until here.
            Judge(claims, GroupOf(members, group, together), lanesEach, room.Sum, doubtful[group], holds);
        }
    }

    private static ReadOnlySpan<int> GroupOf(ReadOnlySpan<int> members, int group, int together) =>
        members.Slice(group * together, Math.Min(together, members.Length - (group * together)));

    /// <summary>Writes the steps of a group, lane beside lane; lanes without a claim repeat the first one's.</summary>
    private static void Locate<TCurve>(ReadOnlySpan<Claim<TCurve>> claims, ReadOnlySpan<int> members, int lanesEach, int rows, nint* steps)
        where TCurve : struct, ICurve
    {
        var generator = PointTable<TCurve>.Generator;
        for (var place = 0; place < members.Length; place++)
        {
            ref readonly var claim = ref claims[members[place]];
            var own = new StepGrid(steps + (place * lanesEach), lanesEach, T.Count);
            generator.Locate(claim.Equation.U, own, 0);
            claim.Multiples.Locate(claim.Equation.V, own, generator.Steps);

            // Of the lanes left over in the last row, an even number, one adds what the next takes away.
            for (var i = generator.Steps + claim.Multiples.Steps; i < rows * lanesEach; i++)
            {
                *own[i] = *own[0] ^ (i & PointTable.NegativeBit);
            }
        }

        for (var row = 0; members.Length * lanesEach < T.Count && row < rows; row++)
        {
            var lanes = new Span<nint>(steps + (row * T.Count), T.Count);
            for (var lane = members.Length * lanesEach; lane < T.Count; lane++)
            {
                lanes[lane] = lanes[lane % lanesEach];
            }
        }
    }

    /// <summary>Answers the claims of a group.</summary>
    private static void Judge<TCurve>(
        ReadOnlySpan<Claim<TCurve>> claims, ReadOnlySpan<int> members, int lanesEach, LanePoint<TCurve, T>* sum, byte doubtful, Span<bool> holds)
        where TCurve : struct, ICurve
    {
        sum->CompareX(LoadC(claims, members, lanesEach), out var difference);
        for (var place = 0; place < members.Length; place++)
        {
            var lane = place * lanesEach;
            ref readonly var claim = ref claims[members[place]];
            var matches = difference.Extract<TCurve>(lane).IsZero;
            var certain = (doubtful >> lane & ((1 << lanesEach) - 1)) == 0 && !sum->ZZ.Extract<TCurve>(lane).IsZero && !claim.Equation.U.IsZero && (matches || !claim.Equation.C.TryAddOrder(out _));
            holds[members[place]] = certain ? matches : ScalarEngine.Holds(claim);
        }
    }

    private static LaneElement<T> LoadC<TCurve>(ReadOnlySpan<Claim<TCurve>> claims, ReadOnlySpan<int> members, int lanesEach)
        where TCurve : struct, ICurve
    {
        var words = stackalloc nint[4 * T.Count];
        for (var lane = 0; lane < T.Count; lane++)
        {
            var place = lane / lanesEach;
            claims[members[place < members.Length ? place : 0]].Equation.C.CopyTo(new Span<nint>(words + lane, (3 * T.Count) + 1), T.Count);
        }

        LaneElement<T>.SetWords(T.Load(words), T.Load(words + T.Count), T.Load(words + (2 * T.Count)), T.Load(words + (3 * T.Count)), out var c);
        return c;
    }
}
