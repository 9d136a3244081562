using System.Collections;
using System.Globalization;
using System.Reflection;
using CrossProvince.Service.Hosting;

namespace CrossProvince.Service.Tests.Hosting;

/// <summary>One setting of the node, as the options classes declare it.</summary>
/// <param name="Name">As in configuration files, such as <c>Listen:Api</c>; an entry of a list is <c>:0</c>, one that is named freely <c>:NAME</c>.</param>
/// <param name="Property">Its declaration.</param>
/// <param name="Type">What it is; for an entry, what the entry is.</param>
/// <param name="Default">Its value where nothing is set; null when there is none.</param>
internal sealed record NodeSetting(string Name, PropertyInfo Property, Type Type, object? Default)
{
    private const string Named = "NAME";

    /// <summary>Every setting, in the order of the options classes.</summary>
    internal static IReadOnlyList<NodeSetting> All { get; } = [.. Of(new NodeOptions(), "")];

    /// <summary>Whether there is a setting of this name, in the spelling of files or of environment variables.</summary>
    internal static bool Exists(string name)
    {
        var parts = name.Replace("__", ":", StringComparison.Ordinal).Split(':');
        return All.Any(s => s.Name.Split(':') is { } own && own.Length == parts.Length && own.Zip(parts).All(p =>
            p.First == p.Second || (p.First == "0" && p.Second.All(char.IsAsciiDigit)) || p.First == Named));
    }

    /// <summary>What it may be, as far as its declaration says.</summary>
    internal string Form
    {
        get
        {
            var type = Nullable.GetUnderlyingType(Type) ?? Type;
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
                foreach (var setting in IsGroup(item) ? Of(Activator.CreateInstance(item)!, $"{name}:0:") : [new NodeSetting($"{name}:0", property, item, null)])
                {
                    yield return setting;
                }
            }
            else if (value is IDictionary && property.PropertyType.GetGenericArguments() is [_, var entry])
            {
                yield return new NodeSetting($"{name}:{Named}", property, entry, null);
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
                yield return new NodeSetting(name, property, property.PropertyType, value is "" ? null : value);
            }
        }
    }

    private static bool IsGroup(Type type) => type.IsClass && type.Assembly == typeof(NodeOptions).Assembly;
}
