using System.Collections.Concurrent;
using CrossProvince.Client.Connecting;
using CrossProvince.Contracts.Licences.V1;
using CrossProvince.Contracts.Verification.V1;
using CrossProvince.Core.Identifiers;
using CrossProvince.Integration.Tests.Processes;
using Grpc.Core;

namespace CrossProvince.Integration.Tests.Durability;

/// <summary>Works on one node without rest, whether it lives or not, and writes down what it is answered.</summary>
internal sealed class Load : IDisposable
{
    private const string FirstTerminal = "counter-1";
    private const string OtherTerminal = "counter-2";
    private const int Shown = 40;
    private const int BatchSize = 4;
    private const int Many = 80;

    /// <summary>A dead node is asked again after this long.</summary>
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(10);

    private readonly RegionCode _region;
    private readonly NodeFederation _federation;
    private readonly Journal _journal;
    private readonly NodeConnection _authority;
    private readonly NodeConnection _verifier;
    private readonly int _seed;
    private readonly ConcurrentQueue<string> _suspendable = new();
    private readonly List<Holder> _holders = [];
    private readonly Queue<Holder> _revocable = new();
    private volatile TaskCompletionSource _up = new();
    private volatile bool _stopping;

    public Load(NodeFederation federation, RegionCode region, Journal journal, int seed)
    {
        (_federation, _region, _journal, _seed) = (federation, region, journal, seed);
        _authority = federation.Connect(region, "authority");
        _verifier = federation.Connect(region, "verifier");
    }

    public NodeConnection Verifier => _verifier;

    /// <summary>Imports the licences that will be shown and revoked, signs their holders in, and waits until codes are made for them.</summary>
    /// <param name="revocable">How many may be revoked.</param>
    public async Task PrepareAsync(int revocable)
    {
        var cards = _federation.Lines(_region, (Shown + revocable) * 2, _seed).Where(Importing.IsIdentityCard).Take(Shown + revocable).ToList();
        var answer = await _authority.ImportAsync(cards);
        foreach (var id in cards.Select(Importing.LicenceId))
        {
            _journal.Licences.Enqueue(new StoredLine(id, answer.LastSeq));
            var holder = await Holder.SignInAsync(_verifier, id);
            if (_holders.Count < Shown)
            {
                _holders.Add(holder);
            }
            else
            {
                _revocable.Enqueue(holder);
            }
        }

        await UntilAnsweredAsync(() => _revocable.Peek().PresentAsync());
    }

    /// <summary>Works until <see cref="Stop"/>.</summary>
    public Task RunAsync()
    {
        var lines = _federation.Lines(_region, 1_000_000, _seed + 1).GetEnumerator();
        var random = new Random(_seed);
        return Task.WhenAll(
            RepeatAsync(ImportSomeOf(lines, random)),
            RepeatAsync(SuspendOrReinstate()),
            RepeatAsync(ShowAndVerify(0)),
            RepeatAsync(ShowAndVerify(Shown / 2)),
            RepeatAsync(ShowSeveralAndVerifyThem),
            RepeatAsync(RevokeAndAsk),
            RepeatAsync(AskAgain(random.Next())));
    }

    public void Stop() => _stopping = true;

    /// <summary>The node is about to be killed: whoever fails from now on waits for <see cref="Resume"/> and leaves the processors to the start.</summary>
    public void Suspend() => _up = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The node listens.</summary>
    public void Resume() => _up.TrySetResult();

    /// <summary>Asks about the latest used and revoked codes once more, of a node that nobody kills any more.</summary>
    public async Task AskInTheEndAsync(int most)
    {
        foreach (var code in _journal.Used.Reverse().Take(most).ToList())
        {
            await UntilAnsweredAsync(() => AskElsewhereAsync(code));
        }

        foreach (var code in _journal.Revoked.Reverse().Take(most).ToList())
        {
            await UntilAnsweredAsync(() => AskRevokedAsync(code));
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _authority.Dispose();
        _verifier.Dispose();
    }

    private static async Task UntilAnsweredAsync(Func<Task> work)
    {
        while (true)
        {
            try
            {
                await work();
                return;
            }
            catch (NodeException e) when (e.StatusCode == StatusCode.Unavailable)
            {
                await Task.Delay(s_pause);
            }
        }
    }

    private async Task RepeatAsync(Func<Task> work)
    {
        while (!_stopping)
        {
            try
            {
                await work();
            }
            catch (NodeException e) when (e.StatusCode is StatusCode.Unavailable or StatusCode.DeadlineExceeded)
            {
                await Task.Delay(s_pause);
                await _up.Task;
            }
            catch (Exception e)
            {
                // Killed or not, a node has no business to answer anything else.
                _journal.Wrong.Enqueue(e.ToString());
                await Task.Delay(s_pause);
            }
        }
    }

    /// <summary>A few new licences at a time, now and then many, which keep a transaction busy while others wait; what was not answered is sent again.</summary>
    private Func<Task> ImportSomeOf(IEnumerator<string> lines, Random random)
    {
        var batch = new List<string>();
        return async () =>
        {
            for (var size = random.Next(3) == 0 ? Many : random.Next(1, 6); batch.Count < size && lines.MoveNext();)
            {
                batch.Add(lines.Current);
            }

            var answer = await _authority.ImportAsync(batch);
            if (answer.Created + answer.Unchanged != batch.Count)
            {
                _journal.Wrong.Enqueue($"An import of {batch.Count} was answered with {answer}");
            }

            foreach (var line in batch)
            {
                var id = Importing.LicenceId(line);
                _journal.Licences.Enqueue(new StoredLine(id, answer.LastSeq));

                // Some samples are revoked from the start, which is for good.
                if (Importing.Status(line) == "valid")
                {
                    _suspendable.Enqueue(id);
                }
            }

            batch.Clear();
        };
    }

    private Func<Task> SuspendOrReinstate()
    {
        var next = (Licence: "", Status: LicenceStatus.Suspended);
        return async () =>
        {
            if (next.Licence.Length == 0)
            {
                if (!_suspendable.TryDequeue(out var licence))
                {
                    await Task.Delay(s_pause);
                    return;
                }

                next = (licence, LicenceStatus.Suspended);
            }

            await ChangeAsync(next.Licence, next.Status);
            next = next.Status == LicenceStatus.Suspended ? (next.Licence, LicenceStatus.Valid) : ("", default);
        };
    }

    private Func<Task> ShowAndVerify(int first)
    {
        var turn = first;
        return async () =>
        {
            var code = await ShowAsync(_holders[turn++ % Shown]);
            if (await VerifyAsync(code, FirstTerminal) == Verdict.Valid)
            {
                _journal.Used.Enqueue(code);
            }
        };
    }

    private async Task ShowSeveralAndVerifyThem()
    {
        var codes = await Task.WhenAll(Enumerable.Range(0, BatchSize).Select(i => ShowAsync(_holders[i])));
        var request = new VerifyBatchRequest { Requests = { codes.Select(code => Request(code, FirstTerminal)) } };
        var response = await _verifier.Verifications.VerifyBatchAsync(request);
        foreach (var (code, result) in codes.Zip(response.Results))
        {
            if (Record(code, result.Verification) == Verdict.Valid)
            {
                _journal.Used.Enqueue(code);
            }
        }
    }

    private async Task RevokeAndAsk()
    {
        if (!_revocable.TryPeek(out var holder))
        {
            await Task.Delay(s_pause);
            return;
        }

        HandedCode? code = null;
        try
        {
            code = await ShowAsync(holder);
        }
        catch (NodeException e) when (e.Reason == "LICENCE_NOT_IN_FORCE")
        {
            // Revoked by a call that was never answered; the answer is fetched now.
        }

        await ChangeAsync(holder.LicenceId, LicenceStatus.Revoked);
        _revocable.Dequeue();
        if (code is not null)
        {
            _journal.Revoked.Enqueue(code);
            await AskRevokedAsync(code);
        }
    }

    /// <summary>Asks again about what was used up or revoked, often before a kill that happened meanwhile.</summary>
    private Func<Task> AskAgain(int seed)
    {
        var random = new Random(seed);
        return async () =>
        {
            await AskAboutOneAsync(_journal.Used, AskElsewhereAsync);
            await AskAboutOneAsync(_journal.Revoked, AskRevokedAsync);
            await Task.Delay(s_pause);
        };

        async Task AskAboutOneAsync(ConcurrentQueue<HandedCode> codes, Func<HandedCode, Task> ask)
        {
            // Among the latest: older codes have died.
            if (!codes.IsEmpty)
            {
                await ask(codes.ElementAt(Math.Max(0, codes.Count - 1 - random.Next(100))));
            }
        }
    }

    /// <summary>What a used code is worth now for another terminal.</summary>
    private async Task AskElsewhereAsync(HandedCode code)
    {
        if (await VerifyAsync(code, OtherTerminal) == Verdict.Valid)
        {
            _journal.Wrong.Enqueue($"{code.ShowingId}: VALID for another terminal after it was used");
        }
    }

    /// <summary>What the code of a revoked licence is worth now.</summary>
    private async Task AskRevokedAsync(HandedCode code)
    {
        if (await VerifyAsync(code, FirstTerminal) == Verdict.Valid)
        {
            _journal.Wrong.Enqueue($"{code.LicenceId}: VALID after its revocation was answered");
        }
    }

    private async Task ChangeAsync(string licenceId, LicenceStatus status)
    {
        var answer = await _authority.Licences.ChangeStatusAsync(new ChangeStatusRequest { LicenceId = licenceId, Status = status, Reason = "kill test" });
        _journal.Changes.Enqueue(new ChangeAnswer(licenceId, status, answer.Seq));
    }

    private async Task<HandedCode> ShowAsync(Holder holder)
    {
        var answer = await holder.PresentAsync();
        var code = new HandedCode(holder.LicenceId, answer.ShowingId, answer.Code);
        _journal.Codes.Enqueue(code);
        return code;
    }

    private async Task<Verdict> VerifyAsync(HandedCode code, string terminal)
    {
        var response = await _verifier.Verifications.VerifyAsync(Request(code, terminal));
        return Record(code, response.Verification);
    }

    private Verdict Record(HandedCode code, Verification answer)
    {
        _journal.Verifications.Enqueue(new VerificationAnswer(answer.VerificationId, answer.Verdict, code.ShowingId));
        return answer.Verdict;
    }

    private static VerifyRequest Request(HandedCode code, string terminal) =>
        new() { Code = code.Code, TerminalId = terminal, RequestId = Guid.NewGuid().ToString("N") };
}
