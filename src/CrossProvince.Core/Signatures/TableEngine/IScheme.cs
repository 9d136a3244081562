namespace CrossProvince.Core.Signatures.TableEngine;

/// <summary>How signatures of one curve are turned into equations.</summary>
internal interface IScheme<TCurve>
    where TCurve : struct, ICurve
{
    /// <summary>Hashes the messages and makes the equations of a group.</summary>
    /// <param name="group">The signatures.</param>
    /// <param name="equations">Receives what each claims; as long as the group.</param>
    static abstract void MakeEquations(in Group<TCurve> group, Span<Equation<TCurve>> equations);
}
