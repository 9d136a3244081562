using System.Text.Json;
using CrossProvince.Client.Connecting;
using CrossProvince.Contracts.Licences.V1;
using CrossProvince.Tests;

namespace CrossProvince.Integration.Tests.Processes;

/// <summary>Imports lines over the stream of <c>ImportLicences</c>.</summary>
internal static class Importing
{
    private const int LinesOfOneMessage = 500;

    /// <summary>Imports all lines and returns the last answer.</summary>
    public static async Task<ImportLicencesResponse> ImportAsync(this NodeConnection authority, IEnumerable<string> lines)
    {
        using var call = authority.Licences.ImportLicences();
        var answer = new ImportLicencesResponse();
        var first = 1L;
        foreach (var chunk in lines.Chunk(LinesOfOneMessage))
        {
            CapturedLogs.Remember(chunk);
            await call.RequestStream.WriteAsync(new ImportLicencesRequest { FirstLineNumber = first, Lines = { chunk } });
            first += chunk.Length;
            answer = await call.ResponseStream.MoveNext(CancellationToken.None)
                ? call.ResponseStream.Current
                : throw new InvalidOperationException("The node ended the import.");
        }

        await call.RequestStream.CompleteAsync();
        return await call.ResponseStream.MoveNext(CancellationToken.None)
            ? throw new InvalidOperationException("The node answered more often than it was asked.")
            : answer;
    }

    /// <summary>The <c>licence_id</c> of an import line.</summary>
    public static string LicenceId(string line) => Text(line, "licence_id");

    /// <summary>The <c>status</c> of an import line.</summary>
    public static string Status(string line) => Text(line, "status");

    /// <summary>Whether a line is the identity card of somebody with a citizen number.</summary>
    public static bool IsIdentityCard(string line) =>
        Text(line, "type_code") == "11100000000013127D001" && JsonDocument.Parse(line).RootElement.GetProperty("holder").GetProperty("code_type").GetString() == "111";

    /// <summary>Whether a line is a company's business licence.</summary>
    public static bool IsBusinessLicence(string line) => Text(line, "type_code") == "11100000MB0143028R001";

    private static string Text(string line, string property)
    {
        using var document = JsonDocument.Parse(line);
        return document.RootElement.GetProperty(property).GetString()!;
    }
}
