using CrossProvince.Core.Signatures.TableEngine.Lanes;

namespace CrossProvince.Core.Signatures.TableEngine;

/// <summary>The engines that this processor can run.</summary>
internal static class Engines
{
    /// <summary>All of them, the fastest first.</summary>
    public static IReadOnlyList<IEngine> Supported { get; } = [.. Find()];

    /// <summary>The fastest.</summary>
    public static IEngine Best => Supported[0];

    private static IEnumerable<IEngine> Find()
    {
        if (EightLanes.IsSupported)
        {
            yield return new LaneEngine<EightLanes>();
        }

        if (FourLanes.IsSupported)
        {
            yield return new LaneEngine<FourLanes>();
        }

        yield return new ScalarEngine();
    }
}
