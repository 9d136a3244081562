namespace CrossProvince.Core.Tests.Signatures.TableEngine.Lanes;

/// <summary>The checks of <see cref="LanePairChecks{TCurve, T}"/>, whatever the lanes.</summary>
internal interface ILanePairChecks
{
    void Sums(int groups, int rows);

    void Meetings(int groups, int rows);
}
