using System.Globalization;
using NUnit.Framework.Interfaces;
using NUnit.Framework.Internal;

namespace CrossProvince.Service.Tests.Backends;

/// <summary>What is tested on one backend is tested on all.</summary>
public sealed class EveryBackendTests
{
    [Test]
    public void Tests_OfEachBackend_AreTheSame()
    {
        var root = (ITest)TestExecutionContext.CurrentContext.CurrentTest;
        while (root.Parent is { } parent)
        {
            root = parent;
        }

        var tests = Leaves(root).Select(test => (Fixture: FixtureOf(test), Test: test))
            .Where(t => t.Fixture?.Arguments is [Backend])
            .Select(t => (Backend: (Backend)t.Fixture!.Arguments[0]!, Name: $"{t.Fixture.TypeInfo!.Name}.{t.Test.Name}"))
            .ToLookup(t => t.Backend, t => t.Name);
        foreach (var backend in EveryBackend.All)
        {
            TestContext.Progress.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{backend}: {tests[backend].Count()} tests"));
            Assert.That(tests[backend], Is.EquivalentTo(tests[Backend.Sqlite]), backend.ToString());
        }
    }

    private static IEnumerable<ITest> Leaves(ITest test) => test.HasChildren ? test.Tests.SelectMany(Leaves) : test.IsSuite ? [] : [test];

    private static ITest? FixtureOf(ITest? test) => test is null or TestFixture ? test : FixtureOf(test.Parent);
}
