namespace CrossProvince.Core.Signatures.Sm2Engine;

/// <summary>The engines that this processor can run.</summary>
internal static class Sm2Engines
{
    /// <summary>All of them, the fastest first.</summary>
    public static IReadOnlyList<ISm2Engine> Supported { get; } = [new ScalarEngine()];

    /// <summary>The fastest.</summary>
    public static ISm2Engine Best => Supported[0];
}
