using CrossProvince.Client.Connecting;
using Grpc.Core;

namespace CrossProvince.Integration.Tests.Nodes;

/// <summary>Demands that a call is refused.</summary>
internal static class Refusal
{
    /// <summary>The error with which a call is refused.</summary>
    internal static NodeException Of(Func<Task> call)
    {
        NodeException? error = null;
        Assert.That(
            async () =>
            {
                try
                {
                    await call();
                }
                catch (NodeException e)
                {
                    error = e;
                    throw;
                }
            },
            Throws.TypeOf<NodeException>());
        return error!;
    }

    /// <inheritdoc cref="Of(Func{Task})"/>
    internal static NodeException Of<T>(AsyncUnaryCall<T> call) => Of(async () => await call);

    /// <summary>The call is refused with that status, and the message says that.</summary>
    internal static void IsRefused<T>(this AsyncUnaryCall<T> call, StatusCode status, string saying) => IsRefused(async () => await call, status, saying);

    /// <inheritdoc cref="IsRefused{T}"/>
    internal static void IsRefused(Func<Task> call, StatusCode status, string saying)
    {
        var error = Of(call);
        Assert.That(error.StatusCode, Is.EqualTo(status), error.Message);
        Assert.That(error.Message, Does.Contain(saying));
    }
}
