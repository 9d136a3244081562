using System.Runtime.CompilerServices;

namespace CrossProvince.Core.Signatures.TableEngine.Lanes;

/// <summary>The memory in which a thread decides claims in lanes: half a megabyte, made when it does so for the first time, and used over and over.</summary>
/// <remarks>Pinned and aligned to cache lines. A thread that decides does nothing else until it is done.</remarks>
internal sealed unsafe class LaneRoom<TCurve, T>
    where TCurve : struct, ICurve
    where T : unmanaged, ILanes<T>
{
    /// <summary>Most claims at a time.</summary>
    public const int MaxClaims = 64;

    /// <summary>Most points whose sum a claim is: 20 of the generator, at most 64 of a key, and then four that cancel each other.</summary>
    public const int MaxSteps = 88;

    private const int Alignment = 64;

    [ThreadStatic]
    private static LaneRoom<TCurve, T>? t_ofThisThread;

    private readonly byte[] _memory;

    private LaneRoom()
    {
        var points = MaxClaims / T.Count * MaxSteps;
        int[] sizes =
        [
            sizeof(LanePoint<TCurve, T>),
            sizeof(LanePairs<TCurve, T>),
            points * sizeof(LaneAffine<T>),
            ((points / 2) + 1) * sizeof(LaneElement<T>),
            MaxClaims * MaxSteps * sizeof(nint),
        ];
        _memory = GC.AllocateUninitializedArray<byte>(sizes.Sum() + Alignment, pinned: true);
        var start = (byte*)(((nuint)Unsafe.AsPointer(ref _memory[0]) + Alignment - 1) & ~(nuint)(Alignment - 1));
        Sum = (LanePoint<TCurve, T>*)start;
        Pairs = (LanePairs<TCurve, T>*)(start += sizes[0]);
        Points = (LaneAffine<T>*)(start += sizes[1]);
        Products = (LaneElement<T>*)(start += sizes[2]);
        Steps = (nint*)(start + sizes[3]);
    }

    /// <summary>The calling thread's own.</summary>
    public static LaneRoom<TCurve, T> OfThisThread => t_ofThisThread ??= new LaneRoom<TCurve, T>();

    /// <summary>A sum on its way.</summary>
    public LanePoint<TCurve, T>* Sum { get; }

    /// <summary>What adding points pairwise needs.</summary>
    public LanePairs<TCurve, T>* Pairs { get; }

    /// <summary>The points to be added, group after group.</summary>
    public LaneAffine<T>* Points { get; }

    /// <summary>One product for each pair of points, and one.</summary>
    public LaneElement<T>* Products { get; }

    /// <summary>Where the points are in their tables.</summary>
    public nint* Steps { get; }
}
