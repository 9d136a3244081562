namespace CrossProvince.Client.Connecting;

/// <summary>Turns connection errors of plain HTTP into <see cref="NodeException"/>, and bounds the wait.</summary>
internal sealed class HttpErrors(NodeErrors errors, HttpMessageHandler inner) : DelegatingHandler(inner)
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(NodeConnection.DefaultDeadline);
        try
        {
            return await base.SendAsync(request, deadline.Token);
        }
        catch (HttpRequestException e)
        {
            throw errors.Broken(e);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw errors.Late(e);
        }
    }
}
