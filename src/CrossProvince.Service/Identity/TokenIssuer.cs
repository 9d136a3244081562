using CrossProvince.Core.Identifiers;
using Microsoft.IdentityModel.Tokens;

namespace CrossProvince.Service.Identity;

/// <summary>An identity provider whose tokens are accepted, and what it may say.</summary>
internal sealed record TokenIssuer
{
    /// <summary>The <c>iss</c>.</summary>
    public required string Name { get; init; }

    /// <summary>The <c>aud</c>.</summary>
    public required string Audience { get; init; }

    /// <summary>Its keys, read afresh by each call.</summary>
    public required Func<CancellationToken, Task<IReadOnlyList<SecurityKey>>> ReadKeys { get; init; }

    public TimeSpan KeysRefresh { get; init; } = TimeSpan.FromMinutes(10);

    public TimeSpan KeysMaxAge { get; init; } = TimeSpan.MaxValue;

    public IReadOnlySet<string> Algorithms { get; init; } = new HashSet<string> { SecurityAlgorithms.EcdsaSha256 };

    public TimeSpan ClockSkew { get; init; } = TimeSpan.FromSeconds(30);

    public bool Holders { get; init; } = true;

    /// <summary>Kinds of holder it may speak for; null: every kind.</summary>
    public IReadOnlySet<string>? HolderCodeTypes { get; init; }

    /// <summary>Regions whose operators it may speak for; null: every region.</summary>
    public IReadOnlySet<RegionCode>? OperatorRegions { get; init; }

    /// <summary>Whether it may name operators who run the region's nodes.</summary>
    public bool Operations { get; init; }

    /// <summary>How people sign in with it on pages; null: they do not.</summary>
    public SignInClient? SignIn { get; init; }

    public LevelOfAssurance MinimumLevel { get; init; } = LevelOfAssurance.Low;

    public LevelOfAssurance AssumedLevel { get; init; } = LevelOfAssurance.Low;
}
