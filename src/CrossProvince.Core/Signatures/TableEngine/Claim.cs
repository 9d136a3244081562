namespace CrossProvince.Core.Signatures.TableEngine;

/// <summary>An equation and the table of the key that it names.</summary>
/// <param name="Equation">What the signature claims.</param>
/// <param name="Multiples">Those of the key's point.</param>
internal readonly record struct Claim<TCurve>(Equation<TCurve> Equation, PointTable<TCurve> Multiples)
    where TCurve : struct, ICurve;
