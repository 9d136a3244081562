using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using CrossProvince.Core.Signatures;
using CrossProvince.Service.Hosting;

namespace CrossProvince.Service.Tests.Hosting;

/// <summary>Writes docs/configuration.md from the options classes: their documentation, defaults and bounds.</summary>
internal static partial class ConfigurationReference
{
    private const string Head =
        """
        # Configuration

        <!-- Made from the options classes by eng/configuration.sh; change their documentation and run it. -->

        Sources, later ones win: `appsettings.json` and `appsettings.ENVIRONMENT.json` in the working folder (or `--contentRoot`), environment variables, command line (`--Listen:Api …`). In an environment variable `:` is
        written `__`: `Listen__Api`. Entries of a list are numbered from 0. Durations are written `hh:mm:ss`, days before them with a dot: `1.00:00:00`. A setting that is wrong, or whose name nothing reads, ends the start with exit code 2 and is named.

        Outside Development a setting without a default must be set unless its text says otherwise. `ASPNETCORE_ENVIRONMENT` (or `--environment`) names the environment; without it, it is Production.

        Log levels are .NET's `Logging:LogLevel:CATEGORY`; by default `Information`, of ASP.NET Core, gRPC and HTTP clients `Warning`. `Logging:Console:FormatterName` is `simple`, `json` or `systemd`. Metrics and traces go to the collector that `OTEL_EXPORTER_OTLP_ENDPOINT` names ([operations.md](operations.md)).

        """;

    // A choice may be one of Core's.
    private static readonly Dictionary<string, XElement> s_comments = new[] { typeof(NodeOptions), typeof(Sm2Signing) }
        .SelectMany(type => XDocument.Load(Path.ChangeExtension(type.Assembly.Location, ".xml")).Descendants("member"))
        .ToDictionary(m => (string)m.Attribute("name")!);

    /// <summary>The whole page.</summary>
    internal static string Write()
    {
        var page = new StringBuilder(Head);
        foreach (var section in NodeSetting.All.GroupBy(s => s.Name.Split(':')[0]))
        {
            var root = typeof(NodeOptions).GetProperty(section.Key)!;
            page.Append("\n## ").Append(section.Key).Append("\n\n");
            if (section.Any(s => s.Property != root))
            {
                page.Append(Text(root, "summary")).Append("\n\n");
            }

            page.Append("| setting | default | form | meaning |\n|---|---|---|---|\n");
            foreach (var setting in section)
            {
                page.Append("| ").AppendJoin(" | ", $"`{setting.Name}`", Default(setting), setting.Form, Text(setting.Property, "summary")).Append(" |\n");
            }

            var choices = section.Where(s => s.Type.IsEnum).DistinctBy(s => s.Type).ToList();
            foreach (var (name, choice) in choices.Select(s => (s.Name, s.Type)))
            {
                // Two choices of one section may have a name in common.
                page.Append(choices.Count > 1 ? $"\n`{name}`:\n" : "");
                page.Append(string.Concat(choice.GetFields(BindingFlags.Public | BindingFlags.Static).Select(f => $"\n* `{f.Name}`: {Words(Comment($"F:{choice.FullName}.{f.Name}", "summary"))}"))).Append('\n');
            }
        }

        return page.ToString();
    }

    private static string Default(NodeSetting setting) =>
        setting.Default is { } value ? $"`{NodeSetting.Show(value)}`" : DefaultWord().Replace(Words(Comment(Id(setting.Property), "value"), required: false), "").TrimEnd('.');

    private static string Text(PropertyInfo property, string part) => Words(Comment(Id(property), part));

    private static string Id(PropertyInfo property) => $"P:{property.DeclaringType!.FullName}.{property.Name}";

    private static XElement? Comment(string id, string part) => s_comments.GetValueOrDefault(id)?.Element(part);

    private static string Words(XElement? comment, bool required = true)
    {
        if (comment is null)
        {
            return required ? throw new InvalidOperationException("A setting is not documented.") : "";
        }

        var text = string.Concat(comment.Nodes().Select(n => n switch
        {
            XElement { Name.LocalName: "c" } code => $"`{code.Value}`",
            XElement { Name.LocalName: "see" } see => $"`{((string)see.Attribute("cref")!).Split('.')[^1]}`",
            XElement other => other.Value,
            _ => n.ToString(),
        }));
        return Spaces().Replace(text, " ").Replace("|", "\\|", StringComparison.Ordinal).Trim();
    }

    [GeneratedRegex("^Default:? ")]
    private static partial Regex DefaultWord();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}
