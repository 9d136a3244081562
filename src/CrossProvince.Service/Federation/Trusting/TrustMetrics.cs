using System.Diagnostics.Metrics;
using CrossProvince.Service.Federation.Asking;

namespace CrossProvince.Service.Federation.Trusting;

/// <summary>How trust lists come, meter <c>CrossProvince.Federation</c>.</summary>
internal sealed class TrustMetrics(IMeterFactory meters)
{
    private readonly Counter<long> _fetches = meters.Create(IssuerMetrics.Meter).CreateCounter<long>("crossprovince.trust.fetches", "{fetch}", "Trust lists that were fetched, by where from and what became of them.");

    /// <summary>A list came, or was said to be the one in use.</summary>
    public void Fetched(TrustOrigin origin, TrustTaking taking) => Count(origin, taking.ToString());

    /// <summary>None came.</summary>
    public void NotFetched(TrustOrigin origin) => Count(origin, "Failed");

    private void Count(TrustOrigin origin, string outcome) => _fetches.Add(1, new KeyValuePair<string, object?>("origin", origin.ToString()), new KeyValuePair<string, object?>("outcome", outcome));
}
