using System.CommandLine;
using BenchmarkDotNet.Running;
using CrossProvince.Benchmarks.Allocations;
using CrossProvince.Benchmarks.Targets;

// --allocations FILE compares allocated bytes with those recorded; --record-allocations FILE records them; targets measures; else BenchmarkDotNet.
return args switch
{
    ["--allocations", var file] => AllocationGate.Check(file),
    ["--record-allocations", var file] => AllocationGate.Record(file),
    ["targets", ..] => new RootCommand { TargetsCommand.Create() }.Parse(args).Invoke(),
    _ => BenchmarkSwitcher.FromAssembly(typeof(AllocationGate).Assembly).Run(args).Any() ? 0 : 1,
};
