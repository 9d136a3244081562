using CrossProvince.Client.Connecting;
using CrossProvince.Contracts.Verification.V1;

namespace CrossProvince.Client.Verifying;

/// <summary>Verifies codes for one terminal of a counter by asking a node; safe for concurrent calls.</summary>
/// <param name="verifications">The node's service: <see cref="NodeConnection.Verifications"/>, or as the owner of a token.</param>
/// <param name="terminalId">The terminal that scans, 1 to 64 characters; the same showing may be scanned again by it alone.</param>
public sealed class VerifyingClient(VerificationService.VerificationServiceClient verifications, string terminalId)
{
    /// <summary>Most codes in one batch.</summary>
    public const int MaxBatch = 1000;

    /// <summary>Verifies one code.</summary>
    /// <param name="code">The scanned text, at most 2,048 characters.</param>
    /// <param name="purpose">What it is scanned for; null means the code's own scenario.</param>
    /// <param name="cancellationToken">Gives the call up; the verification may have been recorded.</param>
    /// <returns>The answer; its verdict says whether the code was accepted.</returns>
    /// <exception cref="NodeException">No decision was reached. Never read it as a refusal.</exception>
    public async Task<Verification> VerifyAsync(string code, ScanPurpose? purpose = null, CancellationToken cancellationToken = default)
    {
        var response = await verifications.VerifyAsync(Request(code, purpose), cancellationToken: cancellationToken);
        return response.Verification;
    }

    /// <summary>Verifies up to <see cref="MaxBatch"/> codes in one call.</summary>
    /// <param name="codes">The scanned texts.</param>
    /// <param name="purpose">What they are scanned for.</param>
    /// <param name="cancellationToken">Gives the call up.</param>
    /// <returns>One result a code, in order: an answer, or why there is none.</returns>
    /// <exception cref="NodeException">No decision was reached for any of them.</exception>
    public async Task<IReadOnlyList<VerifyResult>> VerifyAllAsync(
        IEnumerable<string> codes, ScanPurpose? purpose = null, CancellationToken cancellationToken = default)
    {
        var request = new VerifyBatchRequest { Requests = { codes.Select(code => Request(code, purpose)) } };
        var response = await verifications.VerifyBatchAsync(request, cancellationToken: cancellationToken);
        return response.Results;
    }

    // A request_id of its own lets the channel repeat a call that broke: the node answers it from the record.
    private VerifyRequest Request(string code, ScanPurpose? purpose) => new()
    {
        Code = code,
        TerminalId = terminalId,
        RequestId = Guid.NewGuid().ToString("N"),
        Scenario = purpose?.Scenario ?? "",
        MatterCode = purpose?.MatterCode ?? "",
        CaseNumber = purpose?.CaseNumber ?? "",
        WantReceipt = purpose?.WantReceipt ?? false,
    };
}
