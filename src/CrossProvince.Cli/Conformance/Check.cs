using CrossProvince.Core.Identifiers;

namespace CrossProvince.Cli.Conformance;

/// <summary>What a check needs besides the node's address.</summary>
[Flags]
internal enum Need
{
    /// <summary>Nothing.</summary>
    Nothing = 0,

    /// <summary>An identity of a verifier of the node's region.</summary>
    Verifier = 1,

    /// <summary>An identity of a node of another region.</summary>
    Peer = 2,

    /// <summary>The trust list and the public root keys.</summary>
    Trust = 4,

    /// <summary>A code of the node's region, made a moment ago.</summary>
    Code = 8,

    /// <summary>Permission to ask for more than a partner may.</summary>
    Flood = 16,
}

/// <summary>How a check came out.</summary>
internal enum Outcome
{
    /// <summary>As the contract says.</summary>
    Pass = 1,

    /// <summary>Otherwise than the contract says.</summary>
    Fail = 2,

    /// <summary>Not made.</summary>
    Skipped = 3,
}

/// <summary>One thing that a node must do, and how it is seen from outside.</summary>
/// <param name="Id">Its name, for scripts and docs/partners/conformance.md.</param>
/// <param name="What">What is checked.</param>
/// <param name="Clause">Where it is promised.</param>
/// <param name="Expected">What a node that keeps the promise does.</param>
/// <param name="Needs">What it takes to see it.</param>
/// <param name="Run">Looks.</param>
internal sealed record Check(string Id, LocalizedText What, string Clause, string Expected, Need Needs, Func<CancellationToken, Task<Finding>> Run);

/// <summary>What was seen.</summary>
/// <param name="Outcome">How it came out.</param>
/// <param name="Seen">What was seen; why, when it was skipped.</param>
internal sealed record Finding(Outcome Outcome, string Seen)
{
    /// <summary>What was seen decides.</summary>
    internal static Finding Of(bool asExpected, string seen) => new(asExpected ? Outcome.Pass : Outcome.Fail, seen);

    /// <summary>It can't be told.</summary>
    internal static Finding Skip(string why) => new(Outcome.Skipped, why);
}
