using System.Globalization;
using System.Threading.Channels;
using CrossProvince.Contracts.Licences.V1;
using CrossProvince.Core.Catalogue;
using CrossProvince.Core.Verification;
using CrossProvince.Service.Hosting;
using CrossProvince.Service.Identity;
using Google.Protobuf;
using Grpc.Core;

namespace CrossProvince.Service.Licences;

/// <summary>Streams of lines that authorities import.</summary>
/// <remarks>
/// Three things go on at once for each stream: messages are read and their lines checked; those before them are written, several batches in one transaction; those before
/// these are waited for in the index, and answered. Little lies between, so that a stream takes some megabytes and a caller who sends faster than the database writes is held up.
/// </remarks>
internal sealed class LicenceImports(LicenceRegister register, LicenceCatalogue catalogue, NodeSettings node, TrustedClock clock)
{
    private const int MostLines = 1_000;
    private const int LongestLine = 64 * 1024;

    /// <summary>Messages of a stream that are checked and wait to be written.</summary>
    private const int MessagesAhead = 3;

    /// <summary>Lines of one batch, if they come in messages of fewer: a change of status that comes meanwhile waits for the batch that is being written and the one that is ready.</summary>
    private const int LinesAtOnce = 1_000;

    /// <summary>Batches of a stream that are being written, wait for it, or for the index: more than one transaction takes, so that the next need not wait for answers.</summary>
    private const int BatchesAhead = 10;

    private readonly LicenceLine _lines = new(catalogue, node.Region);

    /// <summary>Imports what a stream brings, until it ends.</summary>
    /// <param name="requests">The lines.</param>
    /// <param name="responses">Receives one answer a message, once its lines are durable and in this node's index.</param>
    /// <param name="findCaller">Who calls; asked anew for each message: an authority revoked half-way stops there.</param>
    /// <param name="cancellation">Gives up; what was begun is finished.</param>
    /// <exception cref="RpcException">A message is out of bounds, or the caller may not import; what came before is dealt with and answered.</exception>
    public async Task RunAsync(
        IAsyncStreamReader<ImportLicencesRequest> requests, IServerStreamWriter<ImportLicencesResponse> responses, Func<Caller> findCaller, CancellationToken cancellation)
    {
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var read = Channel.CreateBounded<CheckedLines>(new BoundedChannelOptions(MessagesAhead) { SingleReader = true, SingleWriter = true });
        var written = Channel.CreateBounded<(List<CheckedLines> Messages, Task<ImportedBatch> Commit)>(new BoundedChannelOptions(BatchesAhead) { SingleReader = true, SingleWriter = true });
        var reading = FillAsync(read.Writer, () => ReadAsync(requests, findCaller, read.Writer, stopping.Token));
        var writing = FillAsync(written.Writer, () => WriteAsync(read.Reader, written.Writer, stopping.Token));
        try
        {
            var total = new ImportLicencesResponse();
            await foreach (var (messages, commit) in written.Reader.ReadAllAsync(cancellation))
            {
                var batch = await commit;
                await register.WaitForAsync(batch);
                var outcomes = new Queue<(ImportOutcome Outcome, string? Refusal)>(batch.Outcomes);
                (total.LastSeq, total.LastHash) = (batch.LastSeq, ByteString.CopyFrom(batch.LastHash));
                foreach (var message in messages)
                {
                    Count(total, message, outcomes);
                    await responses.WriteAsync(total.Clone(), cancellation);
                }
            }
        }
        finally
        {
            await stopping.CancelAsync();
            await Task.WhenAll(reading, writing);
        }
    }

    /// <summary>Runs a step and hands its end on to the next one, a failure too: that one comes to it when all before is done.</summary>
    private static Task FillAsync<T>(ChannelWriter<T> channel, Func<Task> step) => Task.Run(async () =>
    {
        try
        {
            await step();
            channel.Complete();
        }
        catch (Exception e)
        {
            channel.Complete(e);
        }
    });

    private async Task ReadAsync(IAsyncStreamReader<ImportLicencesRequest> requests, Func<Caller> findCaller, ChannelWriter<CheckedLines> read, CancellationToken cancellation)
    {
        await foreach (var request in requests.ReadAllAsync(cancellation))
        {
            var caller = findCaller();
            if (request.Lines.Count is 0 or > MostLines)
            {
                throw RpcErrors.InvalidArgument("lines", $"每个消息须有 1 至 {MostLines} 行。", $"must have 1 to {MostLines} entries in one message.");
            }

            if (request.FirstLineNumber < 1)
            {
                throw RpcErrors.InvalidArgument("first_line_number", "须为 1 或更大。", "must be 1 or more.");
            }

            await read.WriteAsync(Check(request, caller), cancellation);
        }
    }

    private async Task WriteAsync(ChannelReader<CheckedLines> read, ChannelWriter<(List<CheckedLines> Messages, Task<ImportedBatch> Commit)> written, CancellationToken cancellation)
    {
        Task<ImportedBatch>? last = null;
        while (await read.WaitToReadAsync(cancellation))
        {
            var messages = new List<CheckedLines>();
            var lines = 0;
            while (read.TryPeek(out var next) && (messages.Count == 0 || lines + next.Taken.Count <= LinesAtOnce))
            {
                read.TryRead(out _);
                messages.Add(next);
                lines += next.Taken.Count;
            }

            LicenceRecord[] records = [.. messages.SelectMany(message => message.Taken.Select(taken => taken.Record))];
            var commit = register.CommitAsync(records, last, cancellation);
            last = records.Length > 0 ? commit : last;
            await written.WriteAsync((messages, commit), cancellation);
        }
    }

    private CheckedLines Check(ImportLicencesRequest request, Caller caller)
    {
        var checkedLines = new CheckedLines(request.Lines.Count);
        var today = ChinaDate.Today(clock.Now().UnixSeconds);
        for (var i = 0; i < request.Lines.Count; i++)
        {
            var number = request.FirstLineNumber + i;
            try
            {
                var record = ReadLine(request.Lines[i], today);
                if (!caller.MayTouch(record.Issuer.Code))
                {
                    throw new LineRefusedException("issuer.code", $"is {record.Issuer.Code}, whose licences {caller.Organisation} may not touch: have it granted in the node's partner file.");
                }

                if (caller.Types?.Contains(record.TypeNumber) == false)
                {
                    throw new LineRefusedException("type_code", $"is a licence type that {caller.Organisation} may not import: have it granted in the node's partner file.");
                }

                checkedLines.Taken.Add((number, record));
            }
            catch (LineRefusedException e)
            {
                checkedLines.Refused.Add(new RefusedLine { LineNumber = number, Field = e.Field, Reason = e.Message });
            }
        }

        return checkedLines;
    }

    private LicenceRecord ReadLine(string line, int today) => line.Length <= LongestLine
        ? _lines.Read(line, today)
        : throw new LineRefusedException("", string.Create(CultureInfo.InvariantCulture, $"is longer than {LongestLine} characters."));

    private static void Count(ImportLicencesResponse total, CheckedLines message, Queue<(ImportOutcome Outcome, string? Refusal)> outcomes)
    {
        total.Refused.Clear();
        total.Refused.AddRange(message.Refused);
        foreach (var (line, _) in message.Taken)
        {
            var (outcome, refusal) = outcomes.Dequeue();
            if (refusal is not null)
            {
                total.Refused.Add(new RefusedLine { LineNumber = line, Field = "licence_id", Reason = refusal });
                continue;
            }

            switch (outcome)
            {
                case ImportOutcome.Created:
                    total.Created++;
                    break;
                case ImportOutcome.Updated:
                    total.Updated++;
                    break;
                default:
                    total.Unchanged++;
                    break;
            }
        }

        total.RefusedCount += total.Refused.Count;
        total.Lines += message.Lines;
    }

    /// <summary>The lines of one message: those to be written, and those that are not.</summary>
    private sealed class CheckedLines(int lines)
    {
        public int Lines => lines;

        public List<(long Line, LicenceRecord Record)> Taken { get; } = new(lines);

        public List<RefusedLine> Refused { get; } = [];
    }
}
