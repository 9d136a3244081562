using CrossProvince.Core.Signatures.TableEngine;
using CrossProvince.Core.Signatures.TableEngine.Lanes;

namespace CrossProvince.Core.Tests.Signatures.TableEngine.Lanes;

/// <summary>Pairwise sums in lanes against the complete scalar addition, and where points meet that have no pairwise sum.</summary>
[Category("Engines")]
[TestFixture(typeof(Sm2Curve))]
[TestFixture(typeof(P256Curve))]
internal sealed class LanePairsTests<TCurve>
    where TCurve : struct, ICurve
{
    private static IEnumerable<TestCaseData> Lanes()
    {
        foreach (var (groups, rows) in new[] { (1, 2), (1, 7), (2, 8), (3, 13), (5, 22) })
        {
            if (EightLanes.IsSupported)
            {
                yield return new TestCaseData(new LanePairChecks<TCurve, EightLanes>(), groups, rows).SetArgDisplayNames("eight", $"{groups} x {rows}");
            }

            if (FourLanes.IsSupported)
            {
                yield return new TestCaseData(new LanePairChecks<TCurve, FourLanes>(), groups, rows).SetArgDisplayNames("four", $"{groups} x {rows}");
            }
        }
    }

    [TestCaseSource(nameof(Lanes))]
    public void Halve_ThreeTimes_GivesTheSumsWithinBounds(object checks, int groups, int rows) => ((ILanePairChecks)checks).Sums(groups, rows);

    [TestCaseSource(nameof(Lanes))]
    public void Halve_EqualOrOppositePoints_AreReportedAndDisturbNoOther(object checks, int groups, int rows) => ((ILanePairChecks)checks).Meetings(groups, rows);
}
