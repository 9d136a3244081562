using System.Collections;
using System.Globalization;
using System.Reflection;
using CrossProvince.Service.Hosting;

namespace CrossProvince.Service.Tests.Hosting;

/// <summary>One setting of the node, as the options classes declare it.</summary>
/// <param name="Name">As in configuration files, such as <c>Listen:Api</c>; an entry of a list is <c>:0</c>.</param>
/// <param name="Property">Its declaration.</param>
/// <param name="Default">Its value where nothing is set; null when there is none.</param>
internal sealed record NodeSetting(string Name, PropertyInfo Property, object? Default)
{
    /// <summary>Every setting, in the order of the options classes.</summary>
    internal static IReadOnlyList<NodeSetting> All { get; } = [.. Of(new NodeOptions(), "")];

    /// <summary>Whether there is a setting of this name, in the spelling of files or of environment variables.</summary>
    internal static bool Exists(string name) => All.Any(s => s.Name == string.Join(':', name.Replace("__", ":", StringComparison.Ordinal).Split(':').Select(p => p.All(char.IsAsciiDigit) ? "0" : p)));

    /// <summary>The setting as environment variable.</summary>
    internal string Variable => Name.Replace(":", "__", StringComparison.Ordinal);

    /// <summary>What it may be, as far as its declaration says.</summary>
    internal string Form
    {
        get
        {
            var type = Nullable.GetUnderlyingType(Property.PropertyType) ?? Property.PropertyType;
            var kind = type.IsEnum ? string.Join(", ", Enum.GetNames(type).Select(n => $"`{n}`"))
                : type == typeof(TimeSpan) ? "duration"
                : type == typeof(bool) ? "`true`, `false`"
                : type.IsPrimitive ? "number"
                : "";
            return Property.GetCustomAttribute<System.ComponentModel.DataAnnotations.RangeAttribute>() is { } range ? $"{kind}, {Show(range.Minimum)} to {Show(range.Maximum)}" : kind;
        }
    }

    /// <summary>A value as it is written in a setting.</summary>
    internal static string Show(object value) => value switch
    {
        bool b => b ? "true" : "false",
        IFormattable f => f.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString()!,
    };

    private static IEnumerable<NodeSetting> Of(object options, string prefix)
    {
        foreach (var property in options.GetType().GetProperties())
        {
            var (name, value) = (prefix + property.Name, property.GetValue(options));
            if (value is IList && property.PropertyType.GetGenericArguments() is [var item])
            {
                foreach (var setting in IsGroup(item) ? Of(Activator.CreateInstance(item)!, $"{name}:0:") : [new NodeSetting($"{name}:0", property, null)])
                {
                    yield return setting;
                }
            }
            else if (value is not null && IsGroup(property.PropertyType))
            {
                foreach (var setting in Of(value, $"{name}:"))
                {
                    yield return setting;
                }
            }
            else
            {
                yield return new NodeSetting(name, property, value is "" ? null : value);
            }
        }
    }

    private static bool IsGroup(Type type) => type.IsClass && type.Assembly == typeof(NodeOptions).Assembly;
}
