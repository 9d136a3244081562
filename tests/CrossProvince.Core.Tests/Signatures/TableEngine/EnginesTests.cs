using CrossProvince.Core.Signatures.Hashing;
using CrossProvince.Core.Signatures.TableEngine;
using CrossProvince.Core.Signatures.TableEngine.Lanes;

namespace CrossProvince.Core.Tests.Signatures.TableEngine;

/// <summary>eng/test.sh runs these once as the processor is, and again with parts of it switched off: then the engines for lesser processors must be the ones that run.</summary>
[Category("Engines")]
public sealed class EnginesTests
{
    private static readonly HashSet<string> s_flags =
        [.. File.ReadLines("/proc/cpuinfo").First(line => line.StartsWith("flags", StringComparison.Ordinal)).Split(' ')];

    private static readonly bool s_avx2 = s_flags.Contains("avx2") && s_flags.Contains("fma") && !IsOff("EnableAVX2");
    private static readonly bool s_avx512 = s_avx2 && s_flags.Contains("avx512dq") && s_flags.Contains("avx512vl") && !IsOff("EnableAVX512");

    /// <summary>Whether parts of the processor are switched off.</summary>
    public static bool IsForced => IsOff("EnableAVX2") || IsOff("EnableAVX512");

    [Test]
    public void Supported_OnThisProcessor_AreTheEnginesItHas()
    {
        Type[] expected =
        [
            .. s_avx512 ? new[] { typeof(LaneEngine<EightLanes>) } : [],
            .. s_avx2 ? new[] { typeof(LaneEngine<FourLanes>) } : [],
            typeof(ScalarEngine),
        ];
        Assert.That(Engines.Supported.Select(engine => engine.GetType()), Is.EqualTo(expected));
        Assert.That(Engines.Best, Is.SameAs(Engines.Supported[0]));
    }

    [Test]
    public void Words_OnThisProcessor_AreThoseItHas()
    {
        Assert.That(SixteenWords.IsSupported, Is.EqualTo(s_avx512));
        Assert.That(EightWords.IsSupported, Is.EqualTo(s_avx2));
    }

    private static bool IsOff(string feature) => Environment.GetEnvironmentVariable("DOTNET_" + feature) == "0";
}
