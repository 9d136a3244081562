using System.Collections.Concurrent;
using CrossProvince.Contracts.Verification.V1;
using CrossProvince.LoadTest.Codes;
using Google.Protobuf;

namespace CrossProvince.LoadTest.Running;

/// <summary>Compares every answer with the one that it must be. Safe for concurrent calls.</summary>
internal sealed class Tally
{
    private const int MeasuredAnswers = 500;

    private readonly ConcurrentDictionary<string, int> _wrong = new();
    private readonly ConcurrentDictionary<string, int> _missing = new();
    private long _right;
    private long _measured;
    private long _requestBytes;
    private long _answerBytes;

    public long Right => Interlocked.Read(ref _right);

    public int Wrong => _wrong.Values.Sum();

    /// <summary>Codes to which there was a verdict; each of them is a record.</summary>
    public long Answered => Right + Wrong;

    /// <summary>Codes to which there was no verdict.</summary>
    public int Missing => _missing.Values.Sum();

    /// <summary>Mean bytes of a request and of its answer.</summary>
    public (int Request, int Answer) MeanBytes => _measured == 0 ? (0, 0) : ((int)(_requestBytes / _measured), (int)(_answerBytes / _measured));

    /// <summary>Counts one answer.</summary>
    /// <param name="scan">What was sent.</param>
    /// <param name="request">The message it was sent in.</param>
    /// <param name="response">The message that the answer came in.</param>
    /// <param name="answer">The answer.</param>
    /// <param name="error">Why there is none.</param>
    public void Count(Scan scan, VerifyRequest request, IMessage response, Verification? answer, RequestError? error)
    {
        if (error is not null || answer is null)
        {
            Miss(error is null ? "neither a verdict nor an error" : $"error {error.Code} {error.Field} {error.Message}", 1);
            return;
        }

        if (Interlocked.Increment(ref _measured) <= MeasuredAnswers)
        {
            Interlocked.Add(ref _requestBytes, request.CalculateSize());
            Interlocked.Add(ref _answerBytes, response.CalculateSize());
        }
        else
        {
            Interlocked.Decrement(ref _measured);
        }

        if (answer.Verdict == scan.Expected)
        {
            Interlocked.Increment(ref _right);
        }
        else
        {
            var reason = answer.Reason == UndeterminedReason.Unspecified ? "" : $" ({answer.Reason})";
            _wrong.AddOrUpdate($"{scan.Expected} expected, {answer.Verdict}{reason} answered", 1, static (_, count) => count + 1);
        }
    }

    /// <summary>Counts codes that were not answered.</summary>
    public void Miss(string why, int codes) => _missing.AddOrUpdate(why, codes, (_, count) => count + codes);

    /// <summary>What was not as it must be, in words, most frequent first.</summary>
    public IEnumerable<string> Complaints => _wrong.Select(w => (w.Value, $"WRONG: {w.Value} × {w.Key}"))
        .Concat(_missing.Select(m => (m.Value, $"not answered: {m.Value} × {m.Key}")))
        .OrderByDescending(c => c.Value).Select(c => c.Item2);
}
