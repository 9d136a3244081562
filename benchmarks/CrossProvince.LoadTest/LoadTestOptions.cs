using CrossProvince.Core.Identifiers;
using CrossProvince.LoadTest.Codes;

namespace CrossProvince.LoadTest;

/// <summary>How codes are sent.</summary>
internal enum CallKind
{
    /// <summary>One a call.</summary>
    Unary,

    /// <summary>Several a call.</summary>
    Batch,

    /// <summary>One a message of an open stream.</summary>
    Stream,
}

/// <summary>One run.</summary>
internal sealed record RunPlan
{
    public required CallKind Call { get; init; }

    /// <summary>Catalogue id.</summary>
    public required string Scenario { get; init; }

    public required Mix Mix { get; init; }

    /// <summary>Codes made beforehand.</summary>
    public required int Codes { get; init; }

    /// <summary>The longest a run lasts, seconds.</summary>
    public required int Seconds { get; init; }

    /// <summary>Calls in flight in a closed loop; streamed codes in flight, all streams together.</summary>
    public required int InFlight { get; init; }

    /// <summary>Codes a second in an open loop; null is a closed loop.</summary>
    public double? Rate { get; init; }

    public required int BatchSize { get; init; }

    public required int Streams { get; init; }

    /// <summary>Codes that both sides are warmed up with at most.</summary>
    public int WarmUps { get; init; } = 2_000;

    /// <summary>How long both sides are warmed up at most beyond that, for as long as it makes them faster. Null: not at all.</summary>
    public TimeSpan? Settling { get; init; }

    /// <summary>Time for making codes; those that are not made then are left out. Null: as long as it takes.</summary>
    public TimeSpan? Making { get; init; }

    /// <summary>Turns of the node between those of the echo, which share <see cref="Seconds"/>.</summary>
    public int Turns { get; init; } = 1;

    /// <summary>What tables call it.</summary>
    public string Name => $"{Call.ToString().ToLowerInvariant()}{(Call == CallKind.Batch ? $" of {BatchSize}" : "")}, {Scenario}";

    /// <summary>When a stream opened now ends at the latest: a node that hangs must not hang the driver.</summary>
    public DateTime StreamDeadline => DateTime.UtcNow.AddSeconds(Seconds + 30);

    public int CodesPerCall => Call == CallKind.Batch ? BatchSize : 1;
}

/// <summary>What nodes the load is put on.</summary>
internal sealed record NodesPlan
{
    /// <summary>A running node; null starts two of this program's own.</summary>
    public Uri? Node { get; init; }

    /// <summary>Region of the running node.</summary>
    public RegionCode Region { get; init; }

    /// <summary>File of the program that is run as nodes.</summary>
    public required string Program { get; init; }

    /// <summary>Whether that is the program built with this one, and not another that was given.</summary>
    public required bool IsOwnProgram { get; init; }

    public string? Database { get; init; }

    /// <summary>The issuing node's; null for SQLite.</summary>
    public string? IssuingDatabase { get; init; }

    public string? Redis { get; init; }

    /// <summary>More settings of the own nodes, <c>NAME=VALUE</c>.</summary>
    public IReadOnlyList<string> Settings { get; init; } = [];

    /// <summary>Where to keep what the own nodes say; null keeps nothing.</summary>
    public string? Logs { get; init; }

    public required int Licences { get; init; }
}
