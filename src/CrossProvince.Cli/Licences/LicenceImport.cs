using CrossProvince.Contracts.Licences.V1;
using Grpc.Core;

namespace CrossProvince.Cli.Licences;

/// <summary>Streams the lines of a file to a node and gathers its answers.</summary>
/// <param name="call">The open call.</param>
/// <param name="refused">Told of each refused line.</param>
internal sealed class LicenceImport(
    AsyncDuplexStreamingCall<ImportLicencesRequest, ImportLicencesResponse> call, Action<RefusedLine> refused)
{
    private const int MaxLines = 500;

    // A message holds at most 1 MiB; a character is at most 3 bytes.
    private const int MaxCharacters = 320 * 1024;
    private readonly Lock _lock = new();
    private readonly ImportLicencesResponse _total = new();
    private long _unreadable;

    /// <summary>The counts so far; lines it counts are durable.</summary>
    internal ImportLicencesResponse Total
    {
        get
        {
            lock (_lock)
            {
                return _total.Clone();
            }
        }
    }

    /// <summary>Sends all lines and waits until the node has answered for each.</summary>
    /// <param name="lines">The lines, in order.</param>
    /// <param name="sent">Told how many bytes of the file are sent.</param>
    /// <param name="cancellationToken">Gives up; what was stored stays.</param>
    /// <exception cref="Client.Connecting.NodeException">The node stopped; <see cref="Total"/> says how far it came.</exception>
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
    }

    private async Task SendAsync(IAsyncEnumerable<ImportLine> lines, Action<long> sent, CancellationToken cancellationToken)
    {
        var batch = new ImportLicencesRequest();
        var characters = 0;
        long end = 0;
        async Task FlushAsync()
        {
            if (batch.Lines.Count > 0)
            {
                await call.RequestStream.WriteAsync(batch, cancellationToken);
                batch = new ImportLicencesRequest();
                characters = 0;
            }

            sent(end);
        }

        await foreach (var line in lines.WithCancellation(cancellationToken))
        {
            if (line.Text is null)
            {
                Refuse(line);
                continue;
            }

            // Lines of one message follow one another in the file.
            if (batch.Lines.Count >= MaxLines || characters + line.Text.Length > MaxCharacters || line.Number != batch.FirstLineNumber + batch.Lines.Count)
            {
                await FlushAsync();
                batch.FirstLineNumber = line.Number;
            }

            batch.Lines.Add(line.Text);
            characters += line.Text.Length;
            end = line.End;
        }

        await FlushAsync();
        await call.RequestStream.CompleteAsync();
    }

    private async Task ReadAsync(CancellationToken cancellationToken)
    {
        while (await call.ResponseStream.MoveNext(cancellationToken))
        {
            var answer = call.ResponseStream.Current;
            lock (_lock)
            {
                _total.Lines = answer.Lines + _unreadable;
                _total.Created = answer.Created;
                _total.Updated = answer.Updated;
                _total.Unchanged = answer.Unchanged;
                _total.RefusedCount = answer.RefusedCount + _unreadable;
                _total.LastSeq = answer.LastSeq;
                _total.Refused.AddRange(answer.Refused);
            }

            foreach (var line in answer.Refused)
            {
                refused(line);
            }
        }
    }

    private void Refuse(ImportLine line)
    {
        var refusal = new RefusedLine { LineNumber = line.Number, Reason = line.Fault };
        lock (_lock)
        {
            _unreadable++;
            _total.Lines++;
            _total.RefusedCount++;
            _total.Refused.Add(refusal);
        }

        refused(refusal);
    }
}
