using CrossProvince.Contracts.Licences.V1;

namespace CrossProvince.Cli.Licences;

/// <summary>Statuses as the command line writes them, such as transferred-out.</summary>
internal static class StatusNames
{
    private static readonly Dictionary<string, LicenceStatus> s_statuses =
        Enum.GetValues<LicenceStatus>().Where(status => status != LicenceStatus.Unspecified).ToDictionary(Of);

    internal static IEnumerable<string> All => s_statuses.Keys;

    internal static LicenceStatus Parse(string name) => s_statuses[name];

    internal static string Of(LicenceStatus status) =>
        string.Concat(status.ToString().Select((c, i) => i > 0 && char.IsUpper(c) ? $"-{char.ToLowerInvariant(c)}" : $"{char.ToLowerInvariant(c)}"));
}
