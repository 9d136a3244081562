using System.Text.Json;

namespace CrossProvince.Targets;

/// <summary>Everything of one run of <c>eng/bench.sh</c>, as <c>benchmarks/results/PROCESSOR.json</c> keeps it.</summary>
internal sealed record Results
{
    /// <summary>Name of the processor, as it gives it.</summary>
    public required string Processor { get; init; }

    /// <summary>How many of them there were, for everything that ran.</summary>
    public required int Processors { get; init; }

    /// <summary>The day, UTC.</summary>
    public required DateOnly Date { get; init; }

    /// <summary>Version of .NET.</summary>
    public required string Runtime { get; init; }

    /// <summary>What was measured, in the order of the targets.</summary>
    public required IReadOnlyList<TargetLine> Lines { get; init; }

    /// <summary>The processor's name as the name of a file: lower case letters and digits, all else a dash.</summary>
    public string FileName =>
        string.Join('-', string.Concat(Processor.ToLowerInvariant().Select(c => char.IsAsciiLetterOrDigit(c) ? c : ' ')).Split(' ', StringSplitOptions.RemoveEmptyEntries));

    /// <summary>These results, and earlier ones of targets that were not measured now.</summary>
    /// <param name="earlier">Results of the same processor.</param>
    public Results With(Results earlier)
    {
        var measured = Lines.Select(line => line.Target).ToHashSet();
        var kept = earlier.Lines.Where(line => !measured.Contains(line.Target)).Select(line => line with { On = line.On ?? earlier.Date });
        return this with { Lines = [.. Lines.Concat(kept).OrderBy(line => line.Target, StringComparer.Ordinal)] };
    }

    public static Results Read(string file) => JsonSerializer.Deserialize<Results>(File.ReadAllBytes(file), TargetFile.Json)!;

    public void Write(string file) => File.WriteAllText(file, JsonSerializer.Serialize(this, TargetFile.Json) + "\n");
}
