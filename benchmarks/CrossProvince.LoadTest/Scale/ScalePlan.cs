using CrossProvince.Core.Identifiers;

namespace CrossProvince.LoadTest.Scale;

/// <summary>How large the country is, and what is measured of it.</summary>
internal sealed record ScalePlan
{
    /// <summary>The region whose nodes are measured; its licences are rows of PostgreSQL.</summary>
    public static RegionCode Own { get; } = RegionCode.Parse("110000");

    /// <summary>A partner region with one node.</summary>
    public static RegionCode Partner { get; } = RegionCode.Parse("120000");

    /// <summary>The rest of the country: an index in Redis, signed by that region, whose node is away.</summary>
    public static RegionCode Rest { get; } = RegionCode.Parse("130000");

    /// <summary>File of the program that is run as nodes.</summary>
    public required string Program { get; init; }

    /// <summary>An empty PostgreSQL database.</summary>
    public required string Database { get; init; }

    /// <summary>An empty Redis.</summary>
    public required string Redis { get; init; }

    /// <summary>Licences of all regions together.</summary>
    public required long Licences { get; init; }

    /// <summary>Those of the own region.</summary>
    public required int Rows { get; init; }

    /// <summary>How often a node is started.</summary>
    public required int Starts { get; init; }

    /// <summary>Changes of status a second.</summary>
    public required int Rate { get; init; }

    /// <summary>How long they go on, seconds.</summary>
    public required int Seconds { get; init; }

    /// <summary>Where to keep what the nodes say; null keeps nothing.</summary>
    public string? Logs { get; init; }

    /// <summary>Bytes that an entry takes in memory, in Redis as well as in a node.</summary>
    public const int BytesOfEntry = 9;

    /// <summary>Bytes that a row of a licence takes on disk, with its entry, its change and their indexes.</summary>
    public const int BytesOfRow = 2_000;
}
