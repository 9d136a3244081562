using System.CommandLine;
using BenchmarkDotNet.Running;
using CrossProvince.Benchmarks.Allocations;
using CrossProvince.Benchmarks.Targets;

// --allocations FILE compares allocated bytes with those recorded; --record-allocations FILE records them; targets measures, results writes it down; else BenchmarkDotNet.
return args switch
{
    ["--allocations", var file] => AllocationGate.Check(file),
    ["--record-allocations", var file] => AllocationGate.Record(file),
    ["targets" or "results", ..] => new RootCommand { TargetsCommand.Create(), ResultsCommand.Create() }.Parse(args).Invoke(),
    _ => BenchmarkSwitcher.FromAssembly(typeof(AllocationGate).Assembly).Run(args).Any() ? 0 : 1,
};
