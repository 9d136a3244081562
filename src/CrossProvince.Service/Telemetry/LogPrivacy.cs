using Microsoft.Extensions.Options;

namespace CrossProvince.Service.Telemetry;

/// <summary>Silences what writes the contents of requests into logs, whatever levels are configured.</summary>
/// <remarks>
/// Paths may hold licence identifiers, and those a person's number (docs/operations.md, "Logs"). The framework logs paths and queries at Information and
/// Debug, and puts them into the scope of every other message.
/// </remarks>
internal sealed class LogPrivacy : IPostConfigureOptions<LoggerFilterOptions>
{
    /// <summary>Categories that are silent, each with the level from which they are not.</summary>
    private static readonly (string Category, LogLevel From)[] s_silenced =
    [
        // Its scope holds the path, and begins wherever the category is enabled at all.
        ("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None),
        ("Microsoft.AspNetCore.Routing", LogLevel.Warning),
        ("Microsoft.AspNetCore.Server.Kestrel.BadRequests", LogLevel.Warning),

        // Says what a provider says of somebody who could not sign in; SignIn logs the reason.
        ("Microsoft.AspNetCore.Authentication.OpenIdConnect", LogLevel.None),
    ];

    public void PostConfigure(string? name, LoggerFilterOptions options)
    {
        for (var i = 0; i < options.Rules.Count; i++)
        {
            var rule = options.Rules[i];
            options.Rules[i] = new LoggerFilterRule(
                rule.ProviderName, rule.CategoryName, rule.LogLevel, (provider, category, level) => May(category, level) && (rule.Filter?.Invoke(provider, category, level) ?? true));
        }

        // Where no rule fits, one without conditions does.
        options.Rules.Insert(0, new LoggerFilterRule(null, null, options.MinLevel, (_, category, level) => May(category, level)));
    }

    /// <summary>Whether a category may be heard at a level.</summary>
    public static bool May(string? category, LogLevel level)
    {
        foreach (var (silenced, from) in s_silenced)
        {
            if (category is not null && category.StartsWith(silenced, StringComparison.Ordinal))
            {
                return level >= from && from != LogLevel.None;
            }
        }

        return true;
    }
}
