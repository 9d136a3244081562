using System.Collections;
using System.Reflection;
using Microsoft.Extensions.Configuration.CommandLine;
using Microsoft.Extensions.Configuration.Json;

namespace CrossProvince.Service.Hosting;

/// <summary>Refuses settings that nothing reads: a typing error must not pass for a default.</summary>
internal static class UnknownSettings
{
    /// <summary>What others read: .NET's host, its logging, and OpenTelemetry.</summary>
    private static readonly HashSet<string> s_ofOthers = new(StringComparer.OrdinalIgnoreCase)
    {
        "Logging", "environment", "contentRoot", "applicationName", "hostBuilder", "shutdownTimeoutSeconds",
    };

    /// <summary>Looks at the shape of the command line, which .NET would pass over in silence.</summary>
    /// <exception cref="ConfigurationException">An argument is no setting, or a setting has no value. The argument is not repeated: it could be half a password.</exception>
    public static void CheckArguments(IReadOnlyList<string> args)
    {
        for (var i = 0; i < args.Count; i++)
        {
            if (!args[i].StartsWith("--", StringComparison.Ordinal))
            {
                throw new ConfigurationException("Configuration", $"has as argument {i + 1} neither a setting nor its value; write --NAME VALUE, and quote values with spaces.");
            }

            if (!args[i].Contains('=') && ++i == args.Count)
            {
                throw new ConfigurationException(args[^1][2..], "has no value on the command line.");
            }
        }
    }

    /// <summary>Looks at all that was set under the names of the options, and at every name in files and on the command line; the environment holds much that is not the node's.</summary>
    /// <exception cref="ConfigurationException">Nothing reads a setting.</exception>
    public static void Check(IConfigurationRoot configuration)
    {
        var stray = configuration.Providers.Where(p => p is JsonConfigurationProvider or CommandLineConfigurationProvider)
            .SelectMany(p => p.GetChildKeys([], null)).FirstOrDefault(name => Find(typeof(NodeOptions), name) is null && !s_ofOthers.Contains(name) && !name.StartsWith("OTEL_", StringComparison.OrdinalIgnoreCase));
        if ((stray ?? FindIn(configuration.GetChildren().Where(s => Find(typeof(NodeOptions), s.Key) is not null), typeof(NodeOptions))) is { } unknown)
        {
            throw new ConfigurationException(unknown, "is not a setting: docs/configuration.md lists them all.");
        }
    }

    private static string? FindIn(IEnumerable<IConfigurationSection> sections, Type options) =>
        sections.Select(section => Find(options, section.Key) is { } property ? FindIn(section, property.PropertyType) : section.Path).FirstOrDefault(unknown => unknown is not null);

    private static string? FindIn(IConfigurationSection section, Type type) =>
        IsGroup(type) ? FindIn(section.GetChildren(), type)
        : typeof(IEnumerable).IsAssignableFrom(type) && type != typeof(string)
            ? section.GetChildren().Select(entry => FindIn(entry, type.GetGenericArguments()[^1])).FirstOrDefault(unknown => unknown is not null)
        : section.GetChildren().FirstOrDefault()?.Path;

    private static PropertyInfo? Find(Type options, string name) => options.GetProperty(name, BindingFlags.Public | BindingFlags.Instance | BindingFlags.IgnoreCase);

    private static bool IsGroup(Type type) => type.IsClass && type.Assembly == typeof(NodeOptions).Assembly;
}
