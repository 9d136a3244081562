using System.Collections;

namespace CrossProvince.Service.Telemetry;

/// <summary>Which request a message is about. Nothing is made for requests that nothing is said about.</summary>
/// <remarks>
/// Work that a request has begun may outlive it, and takes the scope along: from its end on the request is not looked at any more, for
/// the server may have given it to another one by then.
/// </remarks>
internal sealed class RequestScope(HttpContext context) : IReadOnlyList<KeyValuePair<string, object?>>, IDisposable
{
    private const string Name = "RequestId";

    private readonly Lock _ending = new();
    private HttpContext? _context = context;
    private string? _id;

    public int Count => Id is null ? 0 : 1;

    public KeyValuePair<string, object?> this[int index] => index == 0 && Id is { } id ? new(Name, id) : throw new ArgumentOutOfRangeException(nameof(index));

    private string? Id
    {
        get
        {
            lock (_ending)
            {
                return _id ??= _context?.TraceIdentifier;
            }
        }
    }

    public IEnumerator<KeyValuePair<string, object?>> GetEnumerator()
    {
        if (Id is { } id)
        {
            yield return new(Name, id);
        }
    }

    /// <summary>As a console shows it.</summary>
    public override string ToString() => Id is { } id ? $"{Name}:{id}" : "";

    /// <summary>The request has ended.</summary>
    public void Dispose()
    {
        lock (_ending)
        {
            _context = null;
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
