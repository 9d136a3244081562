namespace CrossProvince.Core.Signatures.TableEngine;

/// <summary>What a signature claims of the generator G and the point Q of a key: x₁ of u·G + v·Q is c modulo n.</summary>
/// <param name="U">0 to n − 1.</param>
/// <param name="V">1 to n − 1.</param>
/// <param name="C">0 to n − 1.</param>
internal readonly record struct Equation<TCurve>(OrderScalar<TCurve> U, OrderScalar<TCurve> V, OrderScalar<TCurve> C)
    where TCurve : struct, ICurve;
