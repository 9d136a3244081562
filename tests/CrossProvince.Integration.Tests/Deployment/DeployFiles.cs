using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using CrossProvince.Integration.Tests.Nodes;
using YamlDotNet.RepresentationModel;

namespace CrossProvince.Integration.Tests.Deployment;

/// <summary>What eng/deploy gives a node: its environment and its settings, read from the files themselves.</summary>
internal static partial class DeployFiles
{
    internal static YamlMappingNode Compose { get; } = ReadCompose();

    /// <summary>Services of the compose file that are nodes.</summary>
    internal static IEnumerable<YamlMappingNode> ComposeNodes => Services.Where(s => s.Key.ToString().StartsWith("node-", StringComparison.Ordinal)).Select(s => Merge((YamlMappingNode)s.Value));

    internal static YamlMappingNode Services => (YamlMappingNode)Compose["services"];

    internal static string PathOf(string name) => Repository.PathOf("eng", "deploy", name);

    /// <summary>The environment of a service, with what .env would have said.</summary>
    internal static Dictionary<string, string> Environment(YamlMappingNode service) =>
        ((YamlMappingNode)service["environment"]).ToDictionary(e => e.Key.ToString(), e => Variable().Replace(e.Value.ToString(), m => m.Groups[1].Value == "REGION" ? "110000" : "x"));

    /// <summary>The environment that the unit sets.</summary>
    internal static Dictionary<string, string> UnitEnvironment() =>
        UnitLines("Environment").Select(e => e.Split('=', 2)).ToDictionary(e => e[0], e => e[1]);

    /// <summary>Values of a key of the unit.</summary>
    internal static IEnumerable<string> UnitLines(string key) =>
        File.ReadLines(PathOf("crossprovince-node.service")).Where(l => l.StartsWith($"{key}=", StringComparison.Ordinal)).Select(l => l[(key.Length + 1)..]);

    /// <summary>Instructions of the Containerfile, continued lines joined.</summary>
    internal static IReadOnlyList<string> ContainerInstructions() =>
    [
        .. File.ReadAllText(PathOf("Containerfile")).Replace("\\\n", " ", StringComparison.Ordinal).Split('\n')
            .Where(l => l.Length > 0 && l[0] != '#').Select(l => Spaces().Replace(l, " ")),
    ];

    /// <summary>Names of all settings of appsettings.Production.json.</summary>
    internal static IReadOnlyDictionary<string, string> AppSettings() => Flatten(JsonNode.Parse(File.ReadAllText(PathOf("appsettings.Production.json")))!, "").ToDictionary();

    private static IEnumerable<KeyValuePair<string, string>> Flatten(JsonNode node, string name) => node switch
    {
        JsonObject o => o.SelectMany(m => Flatten(m.Value!, name.Length == 0 ? m.Key : $"{name}:{m.Key}")),
        JsonArray a => a.SelectMany((item, i) => Flatten(item!, $"{name}:{i}")),
        _ => [KeyValuePair.Create(name, node.ToString())],
    };

    /// <summary>What <c>&lt;&lt;</c> takes in from elsewhere, and what stands here itself.</summary>
    private static YamlMappingNode Merge(YamlMappingNode node) =>
        new(node.Concat((YamlMappingNode)node["<<"]).Where(e => e.Key.ToString() != "<<").DistinctBy(e => e.Key));

    private static YamlMappingNode ReadCompose()
    {
        using var text = File.OpenText(PathOf("compose.yaml"));
        var yaml = new YamlStream();
        yaml.Load(text);
        return (YamlMappingNode)yaml.Documents.Single().RootNode;
    }

    // ${NAME}, ${NAME:?why it must be set}, ${NAME:-default}
    [GeneratedRegex(@"\$\{(\w+)(?::[?-][^}]*)?\}")]
    private static partial Regex Variable();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}
