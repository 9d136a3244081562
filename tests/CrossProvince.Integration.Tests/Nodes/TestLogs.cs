using System.Collections.Concurrent;
using System.Text;
using CrossProvince.Tests;
using Microsoft.Extensions.Logging;

namespace CrossProvince.Integration.Tests.Nodes;

/// <summary>Collects what nodes log; an error that no test has declared is a failure. Everything goes to the captured logs, where the last check looks for persons.</summary>
[ProviderAlias("TestLogs")]
internal sealed class TestLogs : ILoggerProvider, ISupportExternalScope
{
    private readonly ConcurrentQueue<string> _errors = new();
    private readonly ConcurrentQueue<string> _warnings = new();
    private readonly ConcurrentBag<string> _declared = [];
    private readonly ConcurrentBag<string> _declaredForAll = [];
    private IExternalScopeProvider? _scopes;

    /// <summary>Declares that an error with this text may be logged until the test ends.</summary>
    internal void Declare(string text) => _declared.Add(text);

    /// <summary>Declares an error that may be logged during any test, for the clock of the machine brings it.</summary>
    internal void DeclareForAll(string text) => _declaredForAll.Add(text);

    /// <summary>The errors since the last call that were not declared; what was declared holds no longer.</summary>
    internal IReadOnlyList<string> TakeUndeclared()
    {
        var errors = new List<string>();
        while (_errors.TryDequeue(out var error))
        {
            errors.Add(error);
        }

        var undeclared = errors.Where(e => !_declared.Concat(_declaredForAll).Any(d => e.Contains(d, StringComparison.Ordinal))).ToList();
        _declared.Clear();
        return undeclared;
    }

    /// <summary>Whether a warning or error with this text was logged and not taken yet.</summary>
    internal bool Has(string text) => _errors.Concat(_warnings).Any(e => e.Contains(text, StringComparison.Ordinal));

    /// <summary>How often a warning or error with this text was logged and not taken yet.</summary>
    internal int Count(string text) => _errors.Concat(_warnings).Count(e => e.Contains(text, StringComparison.Ordinal));

    public void SetScopeProvider(IExternalScopeProvider scopeProvider) => _scopes = scopeProvider;

    public ILogger CreateLogger(string categoryName) => new Collector(this, categoryName);

    public void Dispose()
    {
    }

    private sealed class Collector(TestLogs logs, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => logs._scopes?.Push(state);

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            var scopes = new StringBuilder();
            logs._scopes?.ForEachScope(static (scope, text) => text.Append(" => ").Append(scope is IEnumerable<KeyValuePair<string, object?>> pairs ? string.Join(' ', pairs) : scope), scopes);
            CapturedLogs.Write($"{logLevel} {category}{scopes}: {formatter(state, exception)} {exception}");
            if (logLevel >= LogLevel.Warning)
            {
                (logLevel == LogLevel.Warning ? logs._warnings : logs._errors).Enqueue($"{logLevel} {category}: {formatter(state, exception)} {exception}");
            }
        }
    }
}
