using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace CrossProvince.Targets;

/// <summary>The lines of a run as a file, a table, and an exit code.</summary>
internal static class TargetFile
{
    // Rounds that differ by more were not taken on a quiet machine.
    private const double WideSpread = 0.05;

    /// <summary>Of every file of results.</summary>
    public static JsonSerializerOptions Json { get; } = new()
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter() },
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    public static IReadOnlyList<TargetLine> Read(string file) => JsonSerializer.Deserialize<List<TargetLine>>(File.ReadAllBytes(file), Json)!;

    public static void Write(string file, IReadOnlyList<TargetLine> lines) => File.WriteAllText(file, JsonSerializer.Serialize(lines, Json) + "\n");

    /// <summary>Says what was measured, a line each.</summary>
    public static void Print(TextWriter output, IReadOnlyList<TargetLine> lines)
    {
        foreach (var line in lines)
        {
            var baseline = line.Baseline is { } name ? $"{name.En} {line.BaselineMeasured}" : "";
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"{line.Target,-3} {line.What.En,-58} {line.Measured,16} {Ratio(line),9} {Goal(line),9} {Held(line),-7} {baseline}"));
            if (line.Note is { } note)
            {
                output.WriteLine($"    {note}");
            }
        }
    }

    /// <summary>0, or 1 when a target that is required was missed or not measured; says which.</summary>
    /// <param name="lines">What was measured.</param>
    /// <param name="required">Targets, such as <c>P1</c>.</param>
    /// <param name="output">Receives the complaints.</param>
    public static int ExitCode(IReadOnlyList<TargetLine> lines, IReadOnlyCollection<string> required, TextWriter output)
    {
        var exit = 0;
        foreach (var target in required)
        {
            var goals = lines.Where(line => line.Target == target && line.Goal is not null).ToList();
            foreach (var complaint in goals.Count == 0
                ? ["it was not measured"]
                : goals.Where(line => line.IsHeld == false).Select(line => string.Join(", ", new[] { $"{line.What.En}: {line.Measured}", Ratio(line), $"{Goal(line)} required" }.Where(part => part.Length > 0))))
            {
                output.WriteLine($"{target} is required and missed: {complaint}.");
                exit = 1;
            }
        }

        return exit;
    }

    /// <summary>The ratio as tables show it, with its spread where that is more than 5 %.</summary>
    public static string Ratio(TargetLine line) => line.Ratio is { } ratio ? $"{Figure.Digits(ratio)} ×{Spread(line)}" : "";

    /// <summary>The goal as tables show it.</summary>
    public static string Goal(TargetLine line) => line.Goal?.Describe(line.Measured.Unit) ?? "";

    /// <summary>Whether it was reached, as tables show it.</summary>
    public static string Held(TargetLine line) => line.IsHeld switch
    {
        true => "held",
        false => "MISSED",
        null => "",
    };

    private static string Spread(TargetLine line) => line.Spread > WideSpread ? string.Create(CultureInfo.InvariantCulture, $" ± {line.Spread:P0}") : "";
}
