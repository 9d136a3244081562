using System.Collections;

namespace CrossProvince.Service.Telemetry;

/// <summary>Which request a message is about. Nothing is made for requests that nothing is said about.</summary>
internal sealed class RequestScope(HttpContext context) : IReadOnlyList<KeyValuePair<string, object?>>
{
    private const string Name = "RequestId";

    public int Count => 1;

    public KeyValuePair<string, object?> this[int index] => index == 0 ? new(Name, context.TraceIdentifier) : throw new ArgumentOutOfRangeException(nameof(index));

    public IEnumerator<KeyValuePair<string, object?>> GetEnumerator()
    {
        yield return this[0];
    }

    /// <summary>As a console shows it.</summary>
    public override string ToString() => $"{Name}:{context.TraceIdentifier}";

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
