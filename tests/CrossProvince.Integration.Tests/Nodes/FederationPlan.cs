using CrossProvince.Cli.Trust;
using CrossProvince.Core.Identifiers;
using Microsoft.Extensions.DependencyInjection;

namespace CrossProvince.Integration.Tests.Nodes;

/// <summary>What a federation of a test is to be.</summary>
internal sealed record FederationPlan
{
    /// <summary>Regions whose nodes run; all three are in the trust list.</summary>
    internal IReadOnlyList<RegionCode> Running { get; init; } = [TestFederation.Beijing, TestFederation.Tianjin];

    /// <summary>Regions whose nodes run outside Development.</summary>
    internal IReadOnlyList<RegionCode> Production { get; init; } = [];

    /// <summary>Changes the trust list before it is signed for the first time.</summary>
    internal Func<TestFederation, TrustListFile, TrustListFile> Trust { get; init; } = (_, list) => list;

    /// <summary>Errors that may be logged from the start on.</summary>
    internal IReadOnlyList<string> Errors { get; init; } = [];

    /// <summary>Settings of every node.</summary>
    internal IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();

    /// <summary>Changes the text of the catalogue's scenarios; all regions then have that catalogue.</summary>
    internal Func<string, string>? Scenarios { get; init; }

    /// <summary>Puts a part of a test's own into every node.</summary>
    internal Action<IServiceCollection> Services { get; init; } = _ => { };
}
