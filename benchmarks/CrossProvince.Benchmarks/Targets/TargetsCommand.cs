using System.CommandLine;
using System.Diagnostics;
using CrossProvince.Targets;

namespace CrossProvince.Benchmarks.Targets;

/// <summary>The verb <c>targets</c>: measures P1, P2, P5 and P7, each against its baseline in the same run.</summary>
internal static class TargetsCommand
{
    /// <summary>What this program measures; whole nodes are the load driver's.</summary>
    private static readonly string[] s_targets = ["P1", "P2", "P5", "P7"];

    /// <summary>Settings of the runtime under which P2 is measured: each engine in a process of its own.</summary>
    private static readonly (string Name, string Value)?[] s_engines = [null, ("DOTNET_EnableAVX512", "0"), ("DOTNET_EnableAVX2", "0")];

    private static readonly Option<FileInfo> s_out = new("--out") { Description = "file for the figures, JSON", HelpName = "FILE", Required = true };
    private static readonly Option<bool> s_quick = new("--quick") { Description = "half a minute, for trying out: no figure to be quoted" };
    private static readonly Option<string[]> s_only = new("--only") { Description = "of P1, P2, P5 and P7 these only", HelpName = "TARGETS", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => s_targets };
    private static readonly Option<bool> s_thisEngine = new("--this-engine") { Description = "P2 with the engine of this process only, as it starts itself", Hidden = true };

    /// <summary>The verb.</summary>
    public static Command Create()
    {
        s_only.AcceptOnlyFromAmong(s_targets);
        var command = new Command("targets", "Measures the targets that need no node, beside their baselines.") { s_out, s_quick, s_only, s_thisEngine };
        command.SetAction(parsed => Run(
            parsed.GetRequiredValue(s_out).FullName, parsed.GetValue(s_quick), parsed.GetRequiredValue(s_only), parsed.GetValue(s_thisEngine)));
        return command;
    }

    private static int Run(string file, bool quick, string[] only, bool thisEngine)
    {
        var plan = quick ? Plan.Quick : Plan.Full;
        List<TargetLine> lines = [];
        if (thisEngine)
        {
            lines.AddRange(BatchOfCodes.Measure(plan, thorough: Environment.GetEnvironmentVariables().Keys.Cast<string>().All(name => s_engines.All(engine => engine?.Name != name))));
            TargetFile.Write(file, lines);
            return 0;
        }

        foreach (var target in s_targets.Where(only.Contains))
        {
            Console.Error.WriteLine($"{target} ...");
            lines.AddRange(target switch
            {
                "P1" => OneCode.Measure(plan),
                "P2" => EachEngine(quick),
                "P5" => IssuedCode.Measure(plan),
                _ => IndexSizes.Measure(plan),
            });
        }

        TargetFile.Write(file, lines);
        TargetFile.Print(Console.Out, lines);
        return 0;
    }

    private static List<TargetLine> EachEngine(bool quick)
    {
        var lines = new List<TargetLine>();
        foreach (var engine in s_engines)
        {
            var file = Path.GetTempFileName();
            try
            {
                lines.AddRange(InProcessOfItsOwn(file, engine, quick).Where(line => lines.All(known => known.What != line.What)));
            }
            finally
            {
                File.Delete(file);
            }
        }

        return lines;
    }

    private static IReadOnlyList<TargetLine> InProcessOfItsOwn(string file, (string Name, string Value)? engine, bool quick)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(TargetsCommand).Assembly.Location, "targets", "--this-engine", "--out", file, .. quick ? (string[])["--quick"] : []]);
        if (engine is { } setting)
        {
            start.Environment[setting.Name] = setting.Value;
        }

        using var process = Process.Start(start)!;
        process.WaitForExit();
        return process.ExitCode == 0 ? TargetFile.Read(file) : throw new InvalidOperationException($"P2 could not be measured: exit code {process.ExitCode}.");
    }
}
