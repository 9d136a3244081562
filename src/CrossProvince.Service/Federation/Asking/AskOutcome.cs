namespace CrossProvince.Service.Federation.Asking;

/// <summary>How asking the issuing region ended.</summary>
internal enum AskOutcome
{
    /// <summary>With an answer that may be relied on.</summary>
    Answered,

    /// <summary>It cannot tell, or comes to a verdict on what both regions know alike that differs from this node's: another clock, trust list or catalogue.</summary>
    Undecided,

    /// <summary>It did not take the call, or not for this organisation.</summary>
    Refused,

    /// <summary>Not within the time.</summary>
    Slow,

    /// <summary>It could not be reached, or broke off.</summary>
    Unreachable,

    /// <summary>What came cannot be its answer to this question.</summary>
    Implausible,

    /// <summary>It was not asked: it has failed too often, and is left alone for a while.</summary>
    Resting,

    /// <summary>It was not asked: too much is asked of it already.</summary>
    Busy,
}
