using System.Reflection;
using BenchmarkDotNet.Attributes;

namespace CrossProvince.Benchmarks.Allocations;

/// <summary>Counts the bytes that each benchmark allocates a call, in seconds instead of minutes.</summary>
internal static class AllocationMeter
{
    private const int WarmUpCalls = 200;
    private const int Calls = 200;
    private const int Rounds = 5;

    // So long code takes to reach its last tier once it has been called often enough.
    private static readonly TimeSpan s_tierUp = TimeSpan.FromMilliseconds(150);

    /// <summary>Bytes a call of every benchmark of this program, by <c>Class.Method</c>; without those that set a job of their own, which take too long to be called a thousand times.</summary>
    public static SortedDictionary<string, long> MeasureAll()
    {
        var measured = new SortedDictionary<string, long>(StringComparer.Ordinal);
        foreach (var type in typeof(AllocationMeter).Assembly.GetTypes())
        {
            var methods = type.GetMethods().Where(method => method.GetCustomAttribute<BenchmarkAttribute>() is not null).ToArray();
            if (methods.Length == 0 || type.GetCustomAttribute<SimpleJobAttribute>() is not null)
            {
                continue;
            }

            var instance = Activator.CreateInstance(type)!;
            type.GetMethods().Single(method => method.GetCustomAttribute<GlobalSetupAttribute>() is not null).Invoke(instance, null);
            foreach (var method in methods)
            {
                measured.Add($"{type.Name}.{method.Name}", Measure(instance, method));
            }
        }

        return measured;
    }

    private static long Measure(object instance, MethodInfo method) =>
        (long)typeof(AllocationMeter)
            .GetMethod(nameof(MeasureCalls), BindingFlags.NonPublic | BindingFlags.Static)!
            .MakeGenericMethod(method.ReturnType)
            .Invoke(null, [method.CreateDelegate(typeof(Func<>).MakeGenericType(method.ReturnType), instance)])!;

    /// <summary>The least of several rounds: what else the runtime allocates now and then doesn't count.</summary>
    internal static long MeasureCalls<T>(Func<T> call)
    {
        var least = long.MaxValue;
        for (var round = 0; round < Rounds && least > 0; round++)
        {
            for (var i = 0; i < WarmUpCalls; i++)
            {
                call();
            }

            Thread.Sleep(s_tierUp);
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < Calls; i++)
            {
                call();
            }

            least = Math.Min(least, (GC.GetAllocatedBytesForCurrentThread() - before) / Calls);
        }

        return least;
    }
}
