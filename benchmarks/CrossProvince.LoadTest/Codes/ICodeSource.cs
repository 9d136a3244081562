using CrossProvince.Core.Catalogue;

namespace CrossProvince.LoadTest.Codes;

/// <summary>Makes codes before they are sent.</summary>
internal interface ICodeSource
{
    /// <summary>Makes distinct codes, each of a showing of its own.</summary>
    /// <param name="scenario">What they are shown for.</param>
    /// <param name="mix">Which must be refused.</param>
    /// <param name="count">How many.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="LoadTestException">It can't.</exception>
    Task<IReadOnlyList<Scan>> MakeAsync(Scenario scenario, Mix mix, int count, CancellationToken cancellation);
}
