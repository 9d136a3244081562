using CrossProvince.Contracts.Verification.V1;
using Grpc.Core;

namespace CrossProvince.Integration.Tests.Verifying;

/// <summary>One scan of a code, ready to be sent as a single request, in a batch, or in a stream.</summary>
internal sealed record Scan(VerificationService.VerificationServiceClient Client, VerifyRequest Request) : IAsyncDisposable
{
    /// <summary>What only this scan needs.</summary>
    internal IAsyncDisposable? Owned { get; init; }

    internal static Scan Of(VerificationService.VerificationServiceClient client, string code) =>
        new(client, new VerifyRequest { Code = code, TerminalId = "counter-1" });

    internal async Task<Verification> VerifyAsync() => (await Client.VerifyAsync(Request)).Verification;

    internal async Task<Verification> VerifyInBatchAsync() => (await Client.VerifyBatchAsync(new VerifyBatchRequest { Requests = { Request } })).Results.Single().Verification;

    internal async Task<Verification> VerifyInStreamAsync()
    {
        using var call = Client.VerifyStream();
        await call.RequestStream.WriteAsync(new VerifyStreamRequest { Request = Request });
        await call.RequestStream.CompleteAsync();
        var answers = new List<VerifyStreamResponse>();
        await foreach (var answer in call.ResponseStream.ReadAllAsync())
        {
            answers.Add(answer);
        }

        return answers.Single().Result.Verification;
    }

    public ValueTask DisposeAsync() => Owned?.DisposeAsync() ?? ValueTask.CompletedTask;
}
