using CrossProvince.Core.Signatures.TableEngine.Lanes;

namespace CrossProvince.Core.Signatures.TableEngine;

/// <summary>The engines that this processor can run.</summary>
internal static class Sm2Engines
{
    /// <summary>All of them, the fastest first.</summary>
    public static IReadOnlyList<ISm2Engine> Supported { get; } = [.. Find()];

    /// <summary>The fastest.</summary>
    public static ISm2Engine Best => Supported[0];

    private static IEnumerable<ISm2Engine> Find()
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
