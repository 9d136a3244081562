using CrossProvince.Core.Signatures.TableEngine;
using CrossProvince.Core.Signatures.TableEngine.Lanes;

namespace CrossProvince.Core.Tests.Signatures.TableEngine.Lanes;

/// <summary>Arithmetic in lanes against BigInteger, each lane with its own numbers, at random and where limbs touch their bounds; on the lanes that the processor has.</summary>
[Category("Engines")]
[TestFixture(typeof(Sm2Curve))]
[TestFixture(typeof(P256Curve))]
internal sealed class LaneElementTests<TField>
    where TField : struct, ILaneField
{
    private static IEnumerable<TestCaseData> Lanes()
    {
        if (EightLanes.IsSupported)
        {
            yield return new TestCaseData(new LaneChecks<TField, EightLanes>()).SetArgDisplayNames("eight");
        }

        if (FourLanes.IsSupported)
        {
            yield return new TestCaseData(new LaneChecks<TField, FourLanes>()).SetArgDisplayNames("four");
        }
    }

    [TestCaseSource(nameof(Lanes))]
    public void MultiplySplit_UpToTwoTo103_IsExact(object checks) => ((ILaneChecks)checks).Split();

    [TestCaseSource(nameof(Lanes))]
    public void Gather_RowsOfWords_AreTurned(object checks) => ((ILaneChecks)checks).Gather();

    [TestCaseSource(nameof(Lanes))]
    public void OfWords_AnyWords_IsTheirNumber(object checks) => ((ILaneChecks)checks).Words();

    [TestCaseSource(nameof(Lanes))]
    public void Products_RandomAndExtremeLimbs_AgreeWithBigInteger(object checks) => ((ILaneChecks)checks).Products();

    [TestCaseSource(nameof(Lanes))]
    public void Differences_RandomAndExtremeLimbs_AgreeWithBigInteger(object checks) => ((ILaneChecks)checks).Differences();

    [TestCaseSource(nameof(Lanes))]
    public void Exchange_EveryDistance_OtherLanesStay(object checks) => ((ILaneChecks)checks).Exchanges();
}
