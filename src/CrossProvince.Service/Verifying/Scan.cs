using CrossProvince.Contracts.Verification.V1;
using CrossProvince.Core.Verification;
using UndeterminedReason = CrossProvince.Core.Verification.UndeterminedReason;
using Verdict = CrossProvince.Core.Verification.Verdict;

namespace CrossProvince.Service.Verifying;

/// <summary>One scan on its way through the node.</summary>
internal sealed class Scan(int position, VerifyRequest request)
{
    /// <summary>Where its result goes.</summary>
    public int Position { get; } = position;

    public VerifyRequest Request { get; } = request;

    public string VerificationId { get; private set; } = Guid.CreateVersion7().ToString("N");

    /// <summary>Unix milliseconds.</summary>
    public long Time { get; set; }

    public long TrustVersion { get; set; }

    /// <summary>What steps 1 to 10 found.</summary>
    public VerificationAnswer Core { get; set; }

    /// <summary>The verdict so far.</summary>
    public Verdict Verdict { get; set; }

    public UndeterminedReason Reason { get; set; }

    /// <summary>What the store of used showings said before the transaction, where it decides there.</summary>
    public UseState? UseAhead { get; set; }

    /// <summary>The same owner used the showing before.</summary>
    public bool IsRepeated { get; set; }

    /// <summary>Fields that are granted beyond the display, should the verdict be VALID.</summary>
    public DisclosedFields Granted { get; set; } = DisclosedFields.None;

    /// <summary>Fields disclosed beyond the display.</summary>
    public DisclosedFields Disclosed { get; set; } = DisclosedFields.None;

    /// <summary>The request id belongs to another request.</summary>
    public bool IsOtherRequest { get; private set; }

    /// <summary>Goes back to what Core found: the transaction that settles it may be run again.</summary>
    public void Restart()
    {
        (Verdict, Reason) = (Core.Verdict, Core.Reason);
        (IsRepeated, Disclosed) = (false, DisclosedFields.None);
    }

    /// <summary>Takes over the recorded answer to the same request id.</summary>
    public void Repeat(RecordedAnswer recorded, bool isSame)
    {
        IsOtherRequest = !isSame;
        VerificationId = recorded.VerificationId;
        Time = recorded.Time;
        Verdict = (Verdict)recorded.Verdict;
        Reason = (UndeterminedReason)recorded.Reason;
        IsRepeated = recorded.Repeated;
        TrustVersion = recorded.TrustVersion;
        Core = Core with
        {
            AsOfMilliseconds = recorded.StatusAsOf,
            Stale = recorded.Stale,
            TrustStale = recorded.TrustStale,
            TagMismatch = false,
        };
    }
}
