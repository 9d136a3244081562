using CrossProvince.Core.Identifiers;

namespace CrossProvince.Core.Catalogue;

/// <summary>Licence types of one region that another recognises (互认), and what for.</summary>
/// <param name="From">Issuing region.</param>
/// <param name="To">Recognising region.</param>
/// <param name="Types">Ids of the licence types.</param>
/// <param name="Scenarios">Ids of the scenarios.</param>
/// <param name="Source">Where the entry is from.</param>
public sealed record Recognition(RegionCode From, RegionCode To, IReadOnlyList<string> Types, IReadOnlyList<string> Scenarios, string Source);
