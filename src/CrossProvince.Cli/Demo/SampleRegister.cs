using CrossProvince.Cli.Samples;
using CrossProvince.Core.Catalogue;
using CrossProvince.Core.Identifiers;

namespace CrossProvince.Cli.Demo;

/// <summary>One region's sample licences, and those of them that the demonstration shows.</summary>
internal sealed class SampleRegister
{
    internal const int Count = 1000;
    private const int Seed = 1;

    private readonly LicenceCatalogue _catalogue;
    private readonly List<SampleLicence> _licences;
    private readonly HashSet<string> _taken = [];

    internal SampleRegister(LicenceCatalogue catalogue, RegionCode region)
    {
        _catalogue = catalogue;
        _licences = [.. new SampleRegion(catalogue, Seed, region).Licences(Count).Take(Count)];
    }

    /// <summary>The licences as lines of the import format.</summary>
    internal IEnumerable<string> Lines => _licences.Select(SampleLicences.ToLine);

    /// <summary>A licence of a type that can be shown today, another one at each call; an identity card is an adult's.</summary>
    internal SampleLicence Take(string type)
    {
        var code = _catalogue.FindType(type)!.TypeCode;
        var tomorrow = DateOnly.FromDateTime(DateTime.UtcNow).AddDays(1);
        var licence = _licences.FirstOrDefault(l => l.TypeCode == code && l.Status == "valid" && (l.ValidUntil is null || l.ValidUntil > tomorrow)
            && (type != "identity-card" || l.Guardians.Count == 0) && _taken.Add(l.LicenceId));
        return licence ?? throw new DemoException($"样例中没有可用的 {type}。", $"The samples have no usable {type}.");
    }
}
