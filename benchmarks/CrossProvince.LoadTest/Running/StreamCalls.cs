using System.Collections.Concurrent;
using Grpc.Core;

namespace CrossProvince.LoadTest.Running;

/// <summary>One open stream, on which each request waits for the answer of its position.</summary>
/// <param name="call">The stream.</param>
/// <param name="position">Position of an answer.</param>
internal sealed class StreamCalls<TRequest, TResponse>(AsyncDuplexStreamingCall<TRequest, TResponse> call, Func<TResponse, long> position) : IAsyncDisposable
    where TRequest : class
    where TResponse : class
{
    private readonly ConcurrentDictionary<long, TaskCompletionSource<TResponse>> _waiting = new();
    private readonly SemaphoreSlim _writing = new(1, 1);
    private Task? _reading;
    private Exception? _failure;
    private long _next;

    /// <summary>Sends one request.</summary>
    /// <param name="make">Makes the request of a position.</param>
    /// <returns>Its answer.</returns>
    public async Task<TResponse> SendAsync(Func<long, TRequest> make)
    {
        var answer = new TaskCompletionSource<TResponse>(TaskCreationOptions.RunContinuationsAsynchronously);
        await _writing.WaitAsync();
        try
        {
            _reading ??= ReadAsync();
            _waiting[_next] = answer;
            if (Volatile.Read(ref _failure) is { } failure)
            {
                throw failure;
            }

            await call.RequestStream.WriteAsync(make(_next++));
        }
        finally
        {
            _writing.Release();
        }

        return await answer.Task;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_reading is not null)
        {
            if (_failure is null)
            {
                await call.RequestStream.CompleteAsync();
            }

            await _reading;
        }

        call.Dispose();
        _writing.Dispose();
    }

    private async Task ReadAsync()
    {
        try
        {
            await foreach (var response in call.ResponseStream.ReadAllAsync())
            {
                if (_waiting.TryRemove(position(response), out var answer))
                {
                    answer.SetResult(response);
                }
            }

            Fail(new IOException("The stream was ended by the server."));
        }
        catch (Exception e)
        {
            // Whatever ended the stream: everyone who waits is told.
            Fail(e);
        }
    }

    private void Fail(Exception failure)
    {
        Volatile.Write(ref _failure, failure);
        foreach (var waiting in _waiting.Values)
        {
            waiting.TrySetException(failure);
        }
    }
}
