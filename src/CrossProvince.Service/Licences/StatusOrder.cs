using CrossProvince.Core.Identifiers;

namespace CrossProvince.Service.Licences;

/// <summary>One change of status that an authority wants.</summary>
/// <param name="Id">The licence.</param>
/// <param name="Status">The new status.</param>
/// <param name="Note">Why, in the authority's words.</param>
internal sealed record StatusOrder(LicenceId Id, NormalisedStatus Status, string Note);

/// <summary>Why a change of status was not made.</summary>
internal enum StatusRefusal
{
    None,

    /// <summary>This region has no such licence.</summary>
    NoSuchLicence,

    /// <summary>Its issuer is not the caller, nor granted to it.</summary>
    ForeignIssuer,

    /// <summary>It has ended, and the change would revive it or end it otherwise.</summary>
    EndedForGood,
}

/// <summary>What became of one <see cref="StatusOrder"/>.</summary>
/// <param name="Refusal">Why it was not made.</param>
/// <param name="Before">How the licence stood; null when there is none.</param>
/// <param name="Seq">The change that made it so, of now or of before.</param>
/// <param name="TimeMilliseconds">Unix milliseconds.</param>
/// <param name="Changed">False when it stood so already.</param>
internal sealed record StatusOutcome(StatusRefusal Refusal, CurrentStatus? Before, long Seq = 0, long TimeMilliseconds = 0, bool Changed = false);
