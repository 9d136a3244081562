using BenchmarkDotNet.Running;
using CrossProvince.Benchmarks.Allocations;

// --allocations FILE compares allocated bytes with those recorded; --record-allocations FILE records them; else BenchmarkDotNet.
return args switch
{
    ["--allocations", var file] => AllocationGate.Check(file),
    ["--record-allocations", var file] => AllocationGate.Record(file),
    _ => BenchmarkSwitcher.FromAssembly(typeof(AllocationGate).Assembly).Run(args).Any() ? 0 : 1,
};
