using CrossProvince.Core.Identifiers;

namespace CrossProvince.Core.Catalogue;

/// <summary>One licence type (证照类型) of the catalogue.</summary>
public sealed record LicenceType
{
    /// <summary>Number in codes, 1 to 0x7FFF; never given twice.</summary>
    public required int Number { get; init; }

    /// <summary>Id in requests, such as <c>identity-card</c>.</summary>
    public required string Id { get; init; }

    /// <summary>21-character type code of GB/T 36904; begins with PROVISIONAL when none is known.</summary>
    public required string TypeCode { get; init; }

    /// <summary><c>confirmed</c> or <c>provisional</c>: whether the type code is that of the defining body.</summary>
    public required string CodeSource { get; init; }

    /// <summary>Where the entry is from.</summary>
    public required string Source { get; init; }

    /// <summary>Names.</summary>
    public required LocalizedText Names { get; init; }

    /// <summary>Type-specific fields.</summary>
    public required IReadOnlyList<LicenceField> Fields { get; init; }

    /// <summary>How the display in a code is made.</summary>
    public required DisplayRule Display { get; init; }

    /// <summary>Longest life of a code, seconds, 1 to 600.</summary>
    public required int MaxLifetimeSeconds { get; init; }
}
