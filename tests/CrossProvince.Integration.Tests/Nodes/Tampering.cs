using System.Collections.Concurrent;
using CrossProvince.Contracts.Federation.V1;
using CrossProvince.Contracts.Verification.V1;
using Grpc.AspNetCore.Server;
using Grpc.Core;
using Grpc.Core.Interceptors;
using Microsoft.Extensions.DependencyInjection;

namespace CrossProvince.Integration.Tests.Nodes;

/// <summary>Stands in a node's own server: counts what partners ask about codes, keeps them waiting, breaks off, and changes what they are told.</summary>
internal sealed class Tampering : Interceptor
{
    private readonly ConcurrentQueue<object> _asked = new();

    /// <summary>What was asked, in order: requests of Disclose, Redeem and Verify.</summary>
    internal IReadOnlyList<object> Asked => [.. _asked];

    /// <summary>What happens before an answer is made.</summary>
    internal Func<ServerCallContext, Task>? Before { get; set; }

    /// <summary>What happens once an answer is made, before it is sent.</summary>
    internal Action<ServerCallContext>? After { get; set; }

    /// <summary>What happens to an answer on its way.</summary>
    internal Action<Verification>? Edit { get; set; }

    /// <summary>What happens to a report of uses before it is read, and once it is durable, before that is said.</summary>
    internal Func<Task>? BeforeReport { get; set; }

    /// <inheritdoc cref="BeforeReport"/>
    internal Func<Task>? AfterReport { get; set; }

    /// <summary>To be put into every node.</summary>
    internal static void Install(IServiceCollection services) =>
        services.AddSingleton<Tampering>().Configure<GrpcServiceOptions>(grpc => grpc.Interceptors.Add<Tampering>());

    /// <summary>Of a node into which it was put.</summary>
    internal static Tampering Of(TestNode node) => node.Services.GetRequiredService<Tampering>();

    /// <summary>Leaves everything as it is again.</summary>
    internal void Reset()
    {
        (Before, After, Edit) = (null, null, null);
        (BeforeReport, AfterReport) = (null, null);
        _asked.Clear();
    }

    public override async Task<TResponse> UnaryServerHandler<TRequest, TResponse>(TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation)
    {
        if (request is not (DiscloseRequest or RedeemRequest or VerifyRequest))
        {
            return await continuation(request, context);
        }

        _asked.Enqueue(request);
        if (Before is { } before)
        {
            await before(context);
        }

        var response = await continuation(request, context);
        var answer = response switch
        {
            DiscloseResponse disclosed => disclosed.Verification,
            RedeemResponse redeemed => redeemed.Verification,
            VerifyResponse verified => verified.Verification,
            _ => null,
        };
        if (answer is not null)
        {
            Edit?.Invoke(answer);
        }

        After?.Invoke(context);

        return response;
    }

    public override async Task<TResponse> ClientStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream, ServerCallContext context, ClientStreamingServerMethod<TRequest, TResponse> continuation)
    {
        if (BeforeReport is { } before)
        {
            await before();
        }

        var response = await continuation(requestStream, context);
        if (AfterReport is { } after)
        {
            await after();
        }

        return response;
    }
}
