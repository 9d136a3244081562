using System.Runtime.CompilerServices;

namespace CrossProvince.Core.Signatures.TableEngine.Lanes;

/// <summary>A point in every lane as x and y, neither of them infinity.</summary>
internal struct LaneAffine<T>
    where T : unmanaged, ILanes<T>
{
    public LaneElement<T> X;
    public LaneElement<T> Y;

    /// <summary>Sets the points of tables: exact, x from 0 to p, y from −p to p, its sign as the step says.</summary>
    /// <param name="point">Receives them.</param>
    /// <param name="steps">One a lane, of <see cref="PointTable{TCurve}.Locate"/>.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static unsafe void Load(LaneAffine<T>* point, nint* steps)
    {
        // The eight words of the entries have room where the ten limbs are to stand.
        var words = (T*)point;
        T.Gather(steps, words);
        T x0 = words[0], x1 = words[1], x2 = words[2], x3 = words[3], y0 = words[4], y1 = words[5], y2 = words[6], y3 = words[7];
        LaneElement<T>.SetEntry(x0, x1, x2, x3, out point->X);
        LaneElement<T>.SetEntry(y0, y1, y2, y3, out point->Y);
        point->Y.Negate(T.Load(steps) << 63);
    }
}
