namespace CrossProvince.Cli.Certs;

/// <summary>From when until when certificates and keys are good.</summary>
internal sealed record Period(DateTimeOffset From, DateTimeOffset Until)
{
    internal static Period OfYears(DateTimeOffset from, int years) => new(from, from.AddYears(years));
}
