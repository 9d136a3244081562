using CrossProvince.Contracts.Licences.V1;
using CrossProvince.Contracts.Verification.V1;
using CrossProvince.Faults.Tests.History;
using CrossProvince.Faults.Tests.Region;

namespace CrossProvince.Faults.Tests.Judging;

/// <summary>Judges every answered verification by what the authority was told, and when.</summary>
/// <param name="book">All answers.</param>
/// <param name="outages">Who was away when.</param>
/// <param name="ownNodes">How many nodes the region has; the partner's number, too.</param>
internal sealed class Verdicts(Book book, Outages outages, int ownNodes)
{
    /// <summary>A change that was answered is in force at every connected counter of the region a second later.</summary>
    public const long OwnBoundMilliseconds = 1_000;

    /// <summary>Heads are signed every half second and pulled every second; the rest is for the fetching.</summary>
    public const long PartnerBoundMilliseconds = 2_500;

    /// <summary>An absence ends when the node has news again; what it was asked at that moment may still have been judged by what it had before.</summary>
    private const long RecoveryMilliseconds = 1_000;

    private readonly Dictionary<string, List<string>> _wrong = [];

    /// <summary>Answers that are wrong, by kind; none is left out because it is zero.</summary>
    public IReadOnlyDictionary<string, List<string>> Wrong => _wrong;

    /// <summary>UNDETERMINED by reason, while something was away.</summary>
    public Dictionary<UndeterminedReason, int> Undetermined { get; } = [];

    /// <summary>Answers that had to hold a bound: of nodes that were cut off from nothing, on a machine that had time for them.</summary>
    public int JudgedByBound { get; private set; }

    /// <summary>The longest that a connected node still answered by a status that had been changed, milliseconds.</summary>
    public long LatestConnected { get; private set; }

    /// <summary>The same for nodes that were cut off.</summary>
    public long LatestCutOff { get; private set; }

    public void Judge()
    {
        foreach (var kind in new[] { "status older than its own signed time", "status older than the bound", "past the hard limit", "stale mark", "undetermined without cause", "expired too early", "impossible verdict", "two owners" })
        {
            _wrong[kind] = [];
        }

        foreach (var answer in book.Answers)
        {
            Judge(answer);
        }

        // Each region remembers uses for itself.
        foreach (var uses in book.Answers.Where(a => a.Code.IsSingleUse && a.Verdict == Verdict.Valid).GroupBy(a => (a.Node == ownNodes, a.Code.ShowingId)))
        {
            if (uses.DistinctBy(use => use.Terminal).Count() > 1)
            {
                Add("two owners", string.Join(" and ", uses.Select(Describe)));
            }
        }
    }

    private void Judge(Answer answer)
    {
        switch (answer.Verdict)
        {
            case Verdict.Valid or Verdict.Replayed:
                JudgeStatus(answer, LicenceStatus.Valid);
                JudgeAge(answer);
                break;
            case Verdict.Revoked:
                JudgeStatus(answer, LicenceStatus.Revoked);
                break;
            case Verdict.Suspended:
                JudgeStatus(answer, LicenceStatus.Suspended);
                JudgeAge(answer);
                break;
            case Verdict.Undetermined:
                JudgeUndetermined(answer);
                break;
            case Verdict.Expired:
                if (answer.VerifiedAt < answer.Code.ExpiresAt)
                {
                    Add("expired too early", Describe(answer));
                }

                break;
            default:
                Add("impossible verdict", Describe(answer));
                break;
        }
    }

    private void JudgeStatus(Answer answer, LicenceStatus status)
    {
        var life = answer.Code.Licence;

        // Connected or not: a head is signed over everything that was answered before the time in it.
        if (!life.CanHaveBeen(status, answer.AsOf, answer.Answered))
        {
            Add("status older than its own signed time", Describe(answer));
        }

        var isCutOff = IsCutOff(answer);
        var from = answer.Asked - (answer.Node == ownNodes ? PartnerBoundMilliseconds : OwnBoundMilliseconds);
        JudgedByBound += isCutOff ? 0 : 1;
        if (!isCutOff && !life.CanHaveBeen(status, from, answer.Answered))
        {
            Add("status older than the bound", Describe(answer));
        }

        if (!life.CanHaveBeen(status, answer.Asked, answer.Answered) && life.LeftBefore(status, answer.Asked) is { } left)
        {
            var late = answer.Asked - left;
            (LatestConnected, LatestCutOff) = isCutOff ? (LatestConnected, Math.Max(LatestCutOff, late)) : (Math.Max(LatestConnected, late), LatestCutOff);
        }
    }

    private void JudgeAge(Answer answer)
    {
        var age = TimeSpan.FromMilliseconds(answer.VerifiedAt - answer.AsOf);
        if (age > RegionUnderTest.Hard)
        {
            Add("past the hard limit", Describe(answer));
        }

        if (answer.Stale != age > RegionUnderTest.Soft)
        {
            Add("stale mark", Describe(answer));
        }
    }

    private void JudgeUndetermined(Answer answer)
    {
        if (!HasCause(answer))
        {
            Add("undetermined without cause", Describe(answer));
            return;
        }

        Undetermined[answer.Reason] = Undetermined.GetValueOrDefault(answer.Reason) + 1;
    }

    /// <summary>Whether the answering node could have been without news of the region's database, or without an answer from it.</summary>
    private bool IsCutOff(Answer answer)
    {
        var isPartner = answer.Node == ownNodes;
        var from = answer.Asked - (isPartner ? PartnerBoundMilliseconds : OwnBoundMilliseconds);
        Part[] parts = isPartner ? [Part.Machine, Part.Processors, Part.Postgres, Part.FirstNode, Part.SecondNode, Part.Partner] : [Part.Machine, Part.Postgres, (Part)answer.Node];
        return Array.Exists(parts, part => outages.WasAway(part, from, answer.Answered, RecoveryMilliseconds));
    }

    /// <summary>Whether anything was away that a node may have had to wait for: another node that hangs in a transaction, too, or processors.</summary>
    private bool HasCause(Answer answer)
    {
        Part[] parts = [Part.Machine, Part.Processors, Part.Postgres, Part.FirstNode, Part.SecondNode, (Part)answer.Node];
        return Array.Exists(parts, part => outages.WasAway(part, answer.Asked - PartnerBoundMilliseconds, answer.Answered, RecoveryMilliseconds));
    }

    private void Add(string kind, string what) => _wrong[kind].Add(what);

    /// <summary>Enough to find it in the database; nothing of a person.</summary>
    private static string Describe(Answer a) =>
        $"{a.VerificationId} at node {a.Node}: {a.Verdict} {a.Reason}, asked {a.Asked}, judged {a.VerifiedAt} by a head of {a.AsOf}{(a.Stale ? " (stale)" : "")}, answered {a.Answered}, {a.Terminal}; {a.Code.Licence.Describe()}";
}
