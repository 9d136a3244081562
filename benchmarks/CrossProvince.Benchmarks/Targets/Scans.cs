using CrossProvince.Core.Verification;

namespace CrossProvince.Benchmarks.Targets;

/// <summary>Codes that are scanned one after the other, from the first again after the last, and the verdicts that they must get.</summary>
internal sealed class Scans
{
    private readonly LicenceVerifier _verifier;
    private readonly VerificationData _data;
    private readonly VerificationQuestion[] _questions;
    private readonly Verdict[] _expected;
    private readonly VerificationAnswer[] _answers;
    private int _next;

    /// <param name="verifier">Judges.</param>
    /// <param name="data">By what.</param>
    /// <param name="codes">The codes and their verdicts; whole batches of them.</param>
    public Scans(LicenceVerifier verifier, VerificationData data, IEnumerable<(SignedCode Code, Verdict Expected)> codes)
    {
        (_verifier, _data) = (verifier, data);
        var all = codes.ToArray();
        _questions = [.. all.Select(one => Scenery.Ask(one.Code))];
        _expected = [.. all.Select(one => one.Expected)];
        _answers = new VerificationAnswer[all.Length];
    }

    /// <summary>How many there are.</summary>
    public int Count => _questions.Length;

    /// <summary>Codes that all get one verdict.</summary>
    public static Scans Of(LicenceVerifier verifier, Scenery scenery, IEnumerable<SignedCode> codes, Verdict expected) =>
        new(verifier, scenery.Data, codes.Select(code => (code, expected)));

    /// <summary>Scans them one by one.</summary>
    public Case OneByOne() => new(() =>
    {
        var at = Take(1);
        _answers[at] = _verifier.Verify(_data, _questions[at]);
        Check(at, 1);
        return 1;
    });

    /// <summary>Scans them in batches.</summary>
    public Case InBatches(int size) => new(() =>
    {
        var at = Take(size);
        _verifier.VerifyMany(_data, _questions.AsSpan(at, size), _answers.AsSpan(at, size));
        Check(at, size);
        return size;
    });

    private int Take(int size)
    {
        var at = _next;
        _next = at + size + size <= _questions.Length ? at + size : 0;
        return at;
    }

    private void Check(int from, int count)
    {
        for (var i = from; i < from + count; i++)
        {
            if (_answers[i].Verdict != _expected[i])
            {
                throw new InvalidOperationException($"The verdict is {_answers[i].Verdict} {_answers[i].Reason}, not {_expected[i]}.");
            }
        }
    }
}
