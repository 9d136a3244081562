using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Presentation;
using CrossProvince.Core.Status;
using CrossProvince.Service.Identity;

namespace CrossProvince.Service.Licences;

/// <summary>A natural or legal person.</summary>
internal sealed record Party(string Name, string Code, string CodeType)
{
    /// <summary>Who it is, whatever the name.</summary>
    public Person Person => new(Code, CodeType);
}

/// <summary>One licence of this region. Days count from 1970-01-01.</summary>
internal sealed record LicenceRecord
{
    public required LicenceId Id { get; init; }

    public required int TypeNumber { get; init; }

    public required string Number { get; init; }

    public required Party Holder { get; init; }

    public required Party Issuer { get; init; }

    public required int IssuedOn { get; init; }

    public required int ValidFrom { get; init; }

    public required int? ValidUntil { get; init; }

    /// <summary>The status as its source words it.</summary>
    public required NormalisedStatus Status { get; init; }

    public required IReadOnlyDictionary<string, string> Fields { get; init; }

    public required IReadOnlyList<Party> Guardians { get; init; }

    public required IReadOnlyList<Party> Agents { get; init; }

    /// <summary>What its codes show.</summary>
    public required Display Display { get; init; }
}

/// <summary>One licence as it is stored, with its place in the licence index.</summary>
internal sealed record StoredLicence
{
    /// <summary>Number of its row for ever: the change that made it.</summary>
    public required long Row { get; init; }

    public required LicenceRecord Record { get; init; }

    public required string StatusNote { get; init; }

    public required int List { get; init; }

    public required int Index { get; init; }

    public required LicenceStatus Status { get; init; }

    public required StatusReason Reason { get; init; }

    public required EntryTag Tag { get; init; }

    public required long LastSeq { get; init; }
}
