using System.Text.Json.Nodes;

namespace CrossProvince.Service.OpenInterface;

/// <summary>Requests as a caller would write them; codes and identifiers are cut short and stand for nothing.</summary>
internal static class OpenApiExamples
{
    private static readonly Dictionary<string, string> s_bodies = new(StringComparer.Ordinal)
    {
        ["crossprovince.presentation.v1.PresentationService.CreatePresentation"] =
            """{"licenceId": "1.2.156.3005.2.…", "scenario": "counter-check", "formats": ["PICTURE_FORMAT_PNG"]}""",
        ["crossprovince.presentation.v1.PresentationService.CancelPresentation"] = """{"showingId": "0123456789ab"}""",
        ["crossprovince.verification.v1.VerificationService.Verify"] =
            """{"code": "CP1…", "scenario": "counter-check", "terminalId": "window-3", "requestId": "6f1c2c0a5d0e4c53"}""",
        ["crossprovince.verification.v1.VerificationService.VerifyBatch"] =
            """{"requests": [{"code": "CP1…", "terminalId": "gate-1", "requestId": "a-1"}, {"code": "CP1…", "terminalId": "gate-1", "requestId": "a-2"}]}""",
        ["crossprovince.licences.v1.LicenceService.ChangeStatus"] = """{"status": "LICENCE_STATUS_REVOKED", "reason": "吊销决定书〔2026〕12号"}""",
        ["crossprovince.licences.v1.LicenceService.ChangeStatusBatch"] =
            """{"requests": [{"licenceId": "1.2.156.3005.2.…", "status": "LICENCE_STATUS_REVOKED", "reason": "吊销决定书〔2026〕12号"}]}""",
        ["crossprovince.operations.v1.OperationsService.SearchVerifications"] =
            """{"from": "2026-11-23T00:00:00+08:00", "terminalId": "window-3", "text": "2026-0417", "pageSize": 20}""",
    };

    /// <summary>The body of an example, or null.</summary>
    /// <param name="rpc">Full name of the rpc.</param>
    public static JsonNode? Find(string rpc) => s_bodies.TryGetValue(rpc, out var body) ? JsonNode.Parse(body) : null;
}
