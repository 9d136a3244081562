using System.Text.Encodings.Web;
using System.Text.Json;
using CrossProvince.Core.Catalogue;
using CrossProvince.Core.Identifiers;

namespace CrossProvince.Cli.Samples;

/// <summary>Makes up holders and licences that are well formed: check digits, ages, dates and fields agree.</summary>
/// <param name="catalogue">The catalogue; its ids must be the shipped ones.</param>
internal sealed class SampleLicences(LicenceCatalogue catalogue)
{
    private static readonly JsonSerializerOptions s_json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Generates licences as JSON Lines of the import format; the same arguments give the same lines.</summary>
    /// <param name="holders">Natural persons, 1 or more; each has an identity card and some other licences, about four in all.</param>
    /// <param name="seed">Another seed gives other persons and other licence ids.</param>
    /// <param name="region">The issuing region.</param>
    public IEnumerable<string> Generate(int holders, int seed, RegionCode region)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(holders);
        return new SampleRegion(catalogue, seed, region).Licences(holders).Select(ToLine);
    }

    /// <summary>One licence as a line of the import format.</summary>
    public static string ToLine(SampleLicence licence) => JsonSerializer.Serialize(licence, s_json);
}
