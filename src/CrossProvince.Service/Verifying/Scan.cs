using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using CrossProvince.Contracts.Verification.V1;
using CrossProvince.Core.Verification;
using CrossProvince.Service.Identity;
using UndeterminedReason = CrossProvince.Core.Verification.UndeterminedReason;
using Verdict = CrossProvince.Core.Verification.Verdict;

namespace CrossProvince.Service.Verifying;

/// <summary>One scan on its way through the node, in a group with those of other callers.</summary>
internal sealed class Scan(ScanCall call, int position, VerifyRequest request)
{
    private const int DigestBytes = 16;

    private VerificationAnswer _core;
    private RecordedAnswer? _recorded;
    private byte[]? _digest;

    public Caller Caller => call.Caller;

    /// <summary>Where in the call its result goes.</summary>
    public int Position { get; } = position;

    public VerifyRequest Request { get; } = request;

    /// <summary>Begins with <see cref="Time"/>, so that the record is found by its id alone (RFC 9562 section 5.7).</summary>
    public string VerificationId { get; private set; } = "";

    /// <summary>Unix milliseconds.</summary>
    public long Time { get; private set; }

    public long TrustVersion { get; private set; }

    /// <summary>What steps 1 to 10 found.</summary>
    public ref readonly VerificationAnswer Core => ref _core;

    /// <summary>The verdict so far.</summary>
    public Verdict Verdict { get; private set; }

    public UndeterminedReason Reason { get; private set; }

    /// <summary>What is wrong with the request; then nothing is recorded, and there is no verdict.</summary>
    public RequestFault? Fault { get; set; }

    /// <summary>Another scan of the same caller and request id, under way, whose answer will be this one's as well.</summary>
    public bool IsFollower { get; private set; }

    /// <summary>It has left its group, and is ended by itself.</summary>
    public bool HasLeft { get; private set; }

    /// <summary>What the verdict was reached with.</summary>
    public VerificationMode Mode { get; private set; } = VerificationMode.Local;

    /// <summary>Scans that wait for this one's answer.</summary>
    public List<Scan>? Followers { get; private set; }

    /// <summary>The answer is one that was recorded before, to the same request id.</summary>
    public bool IsRecorded => _recorded is not null;

    /// <summary>The same owner used the showing before.</summary>
    public bool IsRepeated { get; private set; }

    /// <summary>At the issuer: whether the code was issued and not withdrawn.</summary>
    public IssueState Issue { get; set; }

    /// <summary>Fields that are granted beyond the display, should the verdict be VALID.</summary>
    public DisclosedFields Granted { get; set; } = DisclosedFields.None;

    /// <summary>Fields disclosed beyond the display.</summary>
    public DisclosedFields Disclosed { get; private set; } = DisclosedFields.None;

    /// <summary>SHA-256 of what was sent, shortened to 16 bytes, so that a repeat can be told from another request; null without a request id.</summary>
    public byte[]? RequestDigest => Request.RequestId.Length == 0 ? null : _digest ??= Digest(Request);

    /// <summary>Takes what steps 1 to 10 found.</summary>
    public void Take(in VerificationAnswer answer, TrustedTime time, long trustVersion)
    {
        (_core, Time, TrustVersion) = (answer, time.UnixMilliseconds, trustVersion);
        (Verdict, Reason) = (answer.Verdict, answer.Reason);
        VerificationId = Guid.CreateVersion7(DateTimeOffset.FromUnixTimeMilliseconds(Time)).ToString("N");
    }

    /// <summary>Takes what is known of the showing's use.</summary>
    public void Take(UseState state)
    {
        switch (state)
        {
            case UseState.UsedByOwner:
                IsRepeated = true;
                break;
            case UseState.UsedByAnother:
                Verdict = Verdict.Replayed;
                break;
            case UseState.Unknown:
                (Verdict, Reason) = (Verdict.Undetermined, UndeterminedReason.UseNotChecked);
                break;
        }
    }

    /// <summary>Takes what the issuer knows of the code.</summary>
    public void Take(IssueState state)
    {
        switch (state)
        {
            case IssueState.NotIssued:
                Verdict = Verdict.CodeNotIssued;
                break;
            case IssueState.Withdrawn:
                Verdict = Verdict.CodeWithdrawn;
                break;
            case IssueState.Unknown:
                (Verdict, Reason) = (Verdict.Undetermined, UndeterminedReason.UseNotChecked);
                break;
        }
    }

    /// <summary>Takes over what the issuing region found, once it is known to be an answer to this scan (<see cref="IssuerAnswers"/>).</summary>
    public void Take(Verification answer)
    {
        Mode = VerificationMode.Issuer;
        (Verdict, Reason) = ((Verdict)(int)answer.Verdict, UndeterminedReason.None);
        IsRepeated |= answer.Repeated;
        (_core.AsOfMilliseconds, _core.Stale) = (answer.StatusAsOf?.ToDateTimeOffset().ToUnixTimeMilliseconds() ?? 0, answer.Stale);
        Disclosed = answer.Disclosed.Count > 0 ? new DisclosedFields(new Dictionary<string, string>(answer.Disclosed), null)
            : answer.DisclosureNote is not null ? DisclosureNotes.Unreadable
            : DisclosedFields.None;
    }

    /// <summary>Leaves its group.</summary>
    public void Leave() => HasLeft = true;

    /// <summary>Hands out what was granted.</summary>
    public void Disclose() => Disclosed = Granted;

    /// <summary>Waits for the answer of another scan.</summary>
    public void Follow(Scan first)
    {
        IsFollower = true;
        (first.Followers ??= []).Add(this);
    }

    /// <summary>Takes over the recorded answer to the same request id.</summary>
    public void Repeat(RecordedAnswer recorded)
    {
        _recorded = recorded;
        if (!recorded.RequestDigest.AsSpan().SequenceEqual(RequestDigest))
        {
            Fault = new RequestFault("request_id", "10 分钟内已用于另一请求：每个请求请用新的编号。", "was used for another request within the last 10 minutes: take a new one for each request.");
            return;
        }

        VerificationId = recorded.VerificationId;
        Time = recorded.Time;
        Verdict = (Verdict)recorded.Verdict;
        Reason = (UndeterminedReason)recorded.Reason;
        IsRepeated = recorded.Repeated;
        Mode = (VerificationMode)recorded.Mode;
        TrustVersion = recorded.TrustVersion;
        _core.AsOfMilliseconds = recorded.StatusAsOf;
        _core.Stale = recorded.Stale;
        _core.TrustStale = recorded.TrustStale;
        _core.TagMismatch = false;
    }

    private static byte[] Digest(VerifyRequest request)
    {
        const int LongestCharacter = 3;
        ReadOnlySpan<string> parts = [request.Scenario, request.TerminalId, request.MatterCode, request.CaseNumber, request.OnBehalfOf, request.Code];
        var most = parts.Length;
        foreach (var part in parts)
        {
            most += part.Length * LongestCharacter;
        }

        var buffer = ArrayPool<byte>.Shared.Rent(most);
        var length = 0;
        for (var i = 0; i < parts.Length; i++)
        {
            if (i > 0)
            {
                buffer[length++] = (byte)'\n';
            }

            length += Encoding.UTF8.GetBytes(parts[i], buffer.AsSpan(length));
        }

        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(buffer.AsSpan(0, length), hash);
        ArrayPool<byte>.Shared.Return(buffer);
        return hash[..DigestBytes].ToArray();
    }

    /// <summary>What a repeat of the request is answered.</summary>
    public RecordedAnswer ToRecorded() => _recorded ?? RecordedAnswer.Of(ScanRecord.Of(this));

    /// <summary>It is recorded, or will never be.</summary>
    /// <param name="failure">Why it has no answer; null when it has one.</param>
    public void End(Exception? failure) => call.End(1, failure);

    /// <summary>The call that it belongs to.</summary>
    public ScanCall Call => call;
}
