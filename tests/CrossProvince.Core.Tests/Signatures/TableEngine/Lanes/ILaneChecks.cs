namespace CrossProvince.Core.Tests.Signatures.TableEngine.Lanes;

/// <summary>The checks of <see cref="LaneChecks{TField, T}"/>, whatever the lanes.</summary>
internal interface ILaneChecks
{
    void Split();

    void Gather();

    void Words();

    void Products();

    void Differences();

    void Exchanges();
}
