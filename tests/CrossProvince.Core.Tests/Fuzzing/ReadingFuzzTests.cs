using System.Diagnostics;
using System.Globalization;
using CrossProvince.Core.Presentation;
using CrossProvince.Core.Verification;
using CsCheck;

namespace CrossProvince.Core.Tests.Fuzzing;

/// <summary>Whatever is scanned: read as the slow reader reads it, without an exception and without a byte allocated, and never VALID unless a region signed exactly that.</summary>
[Category("Fuzzing")]
public sealed class ReadingFuzzTests
{
    private static readonly TimeSpan s_warmUp = TimeSpan.FromSeconds(60);
    private static readonly HashSet<string> s_signed = [.. Corpus.Signed.Select(code => Convert.ToHexString(Corpus.MessageOf(code)))];

    private static readonly CorpusEntry[] s_entries = [.. Corpus.Codes, .. Corpus.Finds];

    private readonly SortedDictionary<string, int> _seen = new(StringComparer.Ordinal);

    private static IEnumerable<CorpusEntry> Entries => s_entries;

    /// <summary>Seconds to go on; eng/fuzz.sh sets more.</summary>
    private static int Seconds => int.Parse(Environment.GetEnvironmentVariable("FUZZ_SECONDS") ?? "4", CultureInfo.InvariantCulture);

    /// <summary>Code of the framework that was not yet compiled for good puts values into boxes; it is called until it no longer does.</summary>
    [OneTimeSetUp]
    public void WarmUp()
    {
        var buffer = new byte[PresentationMessage.MaxBytes];
        var (allocated, start) = (1L, Stopwatch.GetTimestamp());
        while (allocated > 0 && Stopwatch.GetElapsedTime(start) < s_warmUp)
        {
            allocated = 0;
            foreach (var entry in s_entries)
            {
                var before = GC.GetAllocatedBytesForCurrentThread();
                Read(entry.Text, buffer, out _);
                allocated += GC.GetAllocatedBytesForCurrentThread() - before;
            }
        }
    }

    [TestCaseSource(nameof(Entries))]
    public void Verify_TextOfTheCorpus_HasItsVerdict(object entry)
    {
        var (_, verdict, text) = (CorpusEntry)entry;

        Check(text);

        Assert.That(Corpus.Verifier.Verify(Corpus.Data, Corpus.Question(text)).Verdict, Is.EqualTo(verdict));
    }

    [Test]
    public void Read_EveryBeginningOfACode_IsTruncated() => Assert.Multiple(() =>
    {
        foreach (var code in Corpus.Codes)
        {
            for (var length = 3; length < code.Text.Length; length++)
            {
                Assert.That(SlowReader.Read(code.Text[..length]).Verdict, Is.EqualTo(Verdict.Truncated), $"{code}, {length} characters");
                Check(code.Text[..length]);
            }
        }
    });

    /// <summary>CsCheck makes a failing text as simple as it can and prints it with its seed; add it to finds.txt.</summary>
    [Test]
    public void Read_AnyText_AgreesWithTheSlowReader()
    {
        Mutations.Texts.Sample(Check, writeLine: TestContext.Out.WriteLine, time: Seconds, threads: 1, print: Corpus.Escape);

        foreach (var (what, count) in _seen)
        {
            TestContext.Out.WriteLine($"{count,10} {what}");
        }

        Assert.That(_seen.Keys, Is.SupersetOf(new[] { "Valid", "Malformed", "Truncated", "UnsupportedVersion", "BadSignature", "UnknownKey", "read and never signed" }));
    }

    private void Check(string text)
    {
        var buffer = new byte[PresentationMessage.MaxBytes];
        var (slowVerdict, slow, beginning) = SlowReader.Read(text);

        var before = GC.GetAllocatedBytesForCurrentThread();
        var verdict = Read(text, buffer, out var code);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Require(verdict == slowVerdict, $"{verdict} instead of {slowVerdict}");
        Require(allocated == 0, $"{allocated} bytes allocated");
        if (slow is not null)
        {
            CheckCode(code, slow);
        }

        if (beginning?.Complete() is { } completed)
        {
            Require(Read(PresentationText.Write(completed), buffer, out _) == Verdict.Valid, "no code begins so");
        }

        CheckVerdict(text, verdict, slow?.Message);
    }

    /// <summary>What was read is what is written when it is encoded again, so that no two codes say the same.</summary>
    private static void CheckCode(in PresentationMessage code, SlowCode slow)
    {
        Require(code.Message.Span.SequenceEqual(slow.Message), "other bytes");
        Require((code.Algorithm, code.Claims) == (slow.Algorithm, slow.Claims), "other claims");
        Require(code.LastValidDay == slow.Display.LastValidDay && code.ReadDisplay() == slow.Display, "another display");
        Require(slow.Encode().AsSpan().SequenceEqual(slow.Message), "encoded again it is another");
        Require(slow.Display.Encode().AsSpan().SequenceEqual(code.DisplayBytes.Span), "its display encoded again is another");
    }

    private void CheckVerdict(string text, Verdict read, byte[]? message)
    {
        var answer = Corpus.Verifier.Verify(Corpus.Data, Corpus.Question(text));
        var isSigned = message is not null && s_signed.Contains(Convert.ToHexString(message));
        Require(answer.SignatureHolds == isSigned, isSigned ? "a good signature does not hold" : "a signature holds that nobody made");
        Require(read == Verdict.Valid || answer.Verdict == read, $"judged {answer.Verdict}, read {read}");
        Count(answer.Verdict.ToString());
        if (message is not null && !isSigned)
        {
            Count("read and never signed");
        }
    }

    private static Verdict Read(string text, byte[] buffer, out PresentationMessage code)
    {
        code = default;
        var verdict = PresentationText.Read(text, buffer, out var length);
        return verdict != Verdict.Valid || PresentationMessage.TryDecode(buffer.AsMemory(0, length), out code) ? verdict : Verdict.Malformed;
    }

    private void Count(string what) => _seen[what] = _seen.GetValueOrDefault(what) + 1;

    private static void Require(bool holds, string otherwise)
    {
        if (!holds)
        {
            throw new AssertionException(otherwise);
        }
    }
}
