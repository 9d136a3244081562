using System.Collections.Concurrent;
using CrossProvince.Contracts.Licences.V1;
using Grpc.Core;

namespace CrossProvince.Cli.Licences;

/// <summary>Streams the lines of a file to a node and takes in its answers.</summary>
/// <param name="call">The open call.</param>
/// <param name="account">What comes of it.</param>
internal sealed class LicenceImport(AsyncDuplexStreamingCall<ImportMessage, ImportLicencesResponse> call, ImportAccount account)
{
    private const int MaxLines = 500;

    // A message holds at most 1 MiB, of which some bytes a line are not the line's.
    private const int MaxBytes = 960 * 1024;

    private readonly ConcurrentQueue<Waiting> _waiting = new();

    /// <summary>Sends all lines and waits until the node has answered for each.</summary>
    /// <param name="lines">The lines, in order.</param>
    /// <param name="sent">Told how many bytes of the file are sent.</param>
    /// <param name="cancellationToken">Gives up; what was stored stays.</param>
    /// <exception cref="Client.Connecting.NodeException">The node stopped; the account says how far it came.</exception>
    internal async Task RunAsync(IAsyncEnumerable<ImportLine> lines, Action<long> sent, CancellationToken cancellationToken)
    {
        var answers = ReadAsync(cancellationToken);
        try
        {
            await SendAsync(lines, sent, cancellationToken);
        }
        catch (Exception e) when (e is Client.Connecting.NodeException or InvalidOperationException)
        {
            // The node has ended the call; why, its answer says.
            await answers;
            throw;
        }

        await answers;
        Reach(long.MaxValue);
    }

    private async Task SendAsync(IAsyncEnumerable<ImportLine> lines, Action<long> sent, CancellationToken cancellationToken)
    {
        ImportMessage? batch = null;
        var sentLines = 0L;
        var end = default(ImportPosition);
        async Task FlushAsync()
        {
            if (batch is not null)
            {
                // Its place is known before its answer can come.
                sentLines += batch.Count;
                _waiting.Enqueue(new Waiting(sentLines, end, null));
                await call.RequestStream.WriteAsync(batch, cancellationToken);
                batch = null;
            }

            sent(end.Bytes);
        }

        await foreach (var line in lines.WithCancellation(cancellationToken))
        {
            // Lines of one message follow one another in the file.
            if (line.Utf8 is null || batch is null || batch.Count >= MaxLines || batch.Bytes + line.Utf8.Length > MaxBytes || line.Number != batch.FirstLineNumber + batch.Count)
            {
                await FlushAsync();
            }

            end = new ImportPosition(line.Number, line.End);
            if (line.Utf8 is null)
            {
                _waiting.Enqueue(new Waiting(sentLines, end, new RefusedLine { LineNumber = line.Number, Reason = line.Fault }));
                continue;
            }

            batch ??= new ImportMessage { FirstLineNumber = line.Number };
            batch.Add(line.Utf8);
        }

        await FlushAsync();
        await call.RequestStream.CompleteAsync();
    }

    private async Task ReadAsync(CancellationToken cancellationToken)
    {
        while (await call.ResponseStream.MoveNext(cancellationToken))
        {
            account.Take(call.ResponseStream.Current);
            Reach(call.ResponseStream.Current.Lines);
        }
    }

    /// <summary>Everything up to a count of sent lines is dealt with, and the unreadable lines that follow these.</summary>
    private void Reach(long lines)
    {
        while (_waiting.TryPeek(out var next) && next.SentLines <= lines)
        {
            _waiting.TryDequeue(out _);
            account.Reach(next.Position, next.Fault);
        }
    }

    /// <summary>A message that was sent, or a line that was not, because it cannot be read.</summary>
    /// <param name="SentLines">Lines sent up to it.</param>
    /// <param name="Position">Its last line.</param>
    /// <param name="Fault">Why it cannot be read.</param>
    private sealed record Waiting(long SentLines, ImportPosition Position, RefusedLine? Fault);
}
