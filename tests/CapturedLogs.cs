using System.Text.Json.Nodes;

namespace CrossProvince.Tests;

/// <summary>
/// What nodes say during tests, and the personal values that went into them, in files of <c>artifacts/test-logs</c>: the last test of eng/test.sh
/// (tests/CrossProvince.Logs.Tests) looks for the one in the other.
/// </summary>
internal static class CapturedLogs
{
    public const string LogPattern = "*.log";
    public const string ValuePattern = "*.values";

    /// <summary>Longer ones are a test of limits.</summary>
    private const int LongestValue = 200;

    private static readonly Lock s_lock = new();
    private static readonly Lazy<StreamWriter> s_log = new(() => Open("log"));
    private static readonly Lazy<StreamWriter> s_values = new(() => Open("values"));
    private static readonly HashSet<string> s_known = [];

    /// <summary>Where the files are.</summary>
    public static string Folder { get; } = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", "..", "test-logs"));

    /// <summary>Keeps a line of a node's log.</summary>
    public static void Write(string line)
    {
        lock (s_lock)
        {
            s_log.Value.WriteLine(line);
        }
    }

    /// <summary>Remembers the persons and numbers of import lines, good and bad ones.</summary>
    public static void Remember(IEnumerable<string> lines)
    {
        foreach (var line in lines)
        {
            try
            {
                RememberLicence(JsonNode.Parse(line));
            }
            catch (Exception e) when (e is System.Text.Json.JsonException or ArgumentException)
            {
                // A test's bad line.
            }
        }
    }

    private static void RememberLicence(JsonNode? licence)
    {
        if (licence is JsonObject record)
        {
            Remember(record["number"]);
            RememberParty(record["holder"]);
            foreach (var other in new[] { record["guardians"], record["agents"] }.OfType<JsonArray>().SelectMany(list => list))
            {
                RememberParty(other);
            }

            Remember((record["fields"] as JsonObject)?["address"]);
        }
    }

    private static void RememberParty(JsonNode? party)
    {
        Remember((party as JsonObject)?["name"]);
        Remember((party as JsonObject)?["code"]);
    }

    private static void Remember(JsonNode? value)
    {
        if (value is not JsonValue text || !text.TryGetValue<string>(out var personal) || string.IsNullOrWhiteSpace(personal) || personal.Length > LongestValue || personal.AsSpan().ContainsAny('\n', '\r'))
        {
            return;
        }

        lock (s_lock)
        {
            if (s_known.Add(personal))
            {
                s_values.Value.WriteLine(personal);
            }
        }
    }

    private static StreamWriter Open(string extension)
    {
        Directory.CreateDirectory(Folder);
        var name = $"{typeof(CapturedLogs).Assembly.GetName().Name}-{Environment.ProcessId}.{extension}";
        return new StreamWriter(Path.Combine(Folder, name), append: true) { AutoFlush = true };
    }
}
