using System.Text.Json;

namespace CrossProvince.Benchmarks.Allocations;

/// <summary>Compares what benchmarks allocate with what is recorded.</summary>
internal static class AllocationGate
{
    /// <summary>Signatures differ from run to run, and BouncyCastle's work with them a little.</summary>
    private const double Tolerance = 0.01;

    private static readonly JsonSerializerOptions s_indented = new() { WriteIndented = true };

    /// <summary>Measures and compares; 0 when all agree.</summary>
    /// <param name="file">JSON object of bytes a call by benchmark.</param>
    public static int Check(string file)
    {
        var recorded = JsonSerializer.Deserialize<SortedDictionary<string, long>>(File.ReadAllBytes(file))!;
        var measured = AllocationMeter.MeasureAll();
        var wrong = 0;
        foreach (var name in recorded.Keys.Union(measured.Keys).Order(StringComparer.Ordinal))
        {
            var isMeasured = measured.TryGetValue(name, out var bytes);
            var isRecorded = recorded.TryGetValue(name, out var expected);
            var agrees = isMeasured && isRecorded && Math.Abs(bytes - expected) <= expected * Tolerance;
            wrong += agrees ? 0 : 1;
            Console.WriteLine($"{(agrees ? "ok   " : "WRONG")} {name,-40} {(isMeasured ? bytes : "-"),10} bytes, recorded {(isRecorded ? expected : "-")}");
        }

        if (wrong > 0)
        {
            Console.WriteLine($"{wrong} differ from {Path.GetFileName(file)}. If that is meant, record it: eng/bench.sh --allocations");
        }

        return wrong == 0 ? 0 : 1;
    }

    /// <summary>Measures and records.</summary>
    /// <param name="file">Receives the JSON object.</param>
    public static int Record(string file)
    {
        File.WriteAllText(file, JsonSerializer.Serialize(AllocationMeter.MeasureAll(), s_indented) + "\n");
        return 0;
    }
}
