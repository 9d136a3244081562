namespace CrossProvince.Core.Signatures.TableEngine;

/// <summary>An equation and the table of the key that it names.</summary>
/// <param name="Equation">What the signature claims.</param>
/// <param name="Multiples">Those of the key's point.</param>
internal readonly record struct Sm2Claim(Sm2Equation Equation, PointTable Multiples);
