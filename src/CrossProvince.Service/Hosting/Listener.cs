using Microsoft.AspNetCore.Connections;

namespace CrossProvince.Service.Hosting;

/// <summary>One of the node's listeners. Each serves its own endpoints only, whatever host or port a request claims.</summary>
internal sealed class Listener
{
    private Listener()
    {
    }

    /// <summary><c>Listen:Api</c>.</summary>
    public static Listener Api { get; } = new();

    /// <summary><c>Listen:Web</c>.</summary>
    public static Listener Web { get; } = new();

    /// <summary>Marks the connections that this listener accepts.</summary>
    public ConnectionDelegate Mark(ConnectionDelegate next) => connection =>
    {
        connection.Features.Set(this);
        return next(connection);
    };

    /// <summary>Whether a request came through this listener.</summary>
    public bool Accepted(HttpContext context) => ReferenceEquals(context.Features.Get<Listener>(), this);
}
