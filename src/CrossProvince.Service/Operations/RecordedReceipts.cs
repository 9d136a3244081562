using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Status;
using CrossProvince.Core.Trust;
using CrossProvince.Core.Verification;
using CrossProvince.Service.Federation;
using CrossProvince.Service.Federation.Trusting;
using CrossProvince.Service.Hosting;
using Google.Protobuf;

namespace CrossProvince.Service.Operations;

/// <summary>Signs receipts again, from what was recorded: they say what those said that came with the answers.</summary>
internal sealed class RecordedReceipts(NodeSettings node, TrustSource trust, OwnKeys keys)
{
    /// <summary>The receipt of a record.</summary>
    /// <returns>Empty when the node's receipt key may not sign for that time: nobody would believe it.</returns>
    public ByteString Sign(RecordedRow row)
    {
        var signer = keys.Find(KeyUse.Receipt);
        var key = trust.List.FindRegion(node.Region)?.Keys.FirstOrDefault(k => k.Use == KeyUse.Receipt && k.Key.Equals(signer?.PublicKey));
        return signer is not null && key?.MaySignAt(row.Time / 1_000) == true ? ByteString.CopyFrom(VerificationReceiptDocument.Sign(Read(row), signer)) : ByteString.Empty;
    }

    private static VerificationReceipt Read(RecordedRow row)
    {
        var receipt = new VerificationReceipt
        {
            VerificationId = row.VerificationId,
            TimeMs = row.Time,
            Verifier = row.OnBehalfOf.Length > 0 ? row.OnBehalfOf : row.Caller,
            Terminal = row.TerminalId,
            Matter = row.MatterCode.Length > 0 ? row.MatterCode : null,
            Verdict = (Verdict)row.Verdict,
            Reason = (UndeterminedReason)row.Reason,
            TrustListVersion = row.TrustVersion,
            Disclosed = row.Disclosed.Split(',', StringSplitOptions.RemoveEmptyEntries),
        };

        // Region 0: the signature did not hold, and nothing of the code was recorded.
        return row.IssuingRegion == 0 ? receipt : receipt with
        {
            Issuer = new RegionCode((int)row.IssuingRegion),
            List = (int)row.ListNumber,
            Index = (int)row.ListIndex,
            Scenario = (int)row.Scenario,
            AsOfMs = row.StatusAsOf == 0 ? null : row.StatusAsOf,
        };
    }
}
