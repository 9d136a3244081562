using System.Text.RegularExpressions;
using CrossProvince.Core.Presentation;
using CrossProvince.Core.Signatures;
using CrossProvince.Core.Status;
using CrossProvince.Core.Tests.Signatures;
using CrossProvince.Core.Tests.Trust;
using CrossProvince.Core.Tests.Verification;
using CrossProvince.Core.Verification;

namespace CrossProvince.Core.Tests.Fuzzing;

/// <summary>A text and the verdict that it has; <c>corpus.txt</c> holds codes of every kind, <c>finds.txt</c> what was once read wrongly or is easily.</summary>
internal sealed record CorpusEntry(string Name, Verdict Verdict, string Text)
{
    public override string ToString() => Name;
}

/// <summary>The texts that fuzzing begins with, and what they are judged by.</summary>
internal static class Corpus
{
    /// <summary>Codes of every kind, all under good signatures.</summary>
    public static IReadOnlyList<CorpusEntry> Codes { get; } = Read("corpus.txt");

    /// <summary>Texts that are read wrongly by a reader that is a little careless.</summary>
    public static IReadOnlyList<CorpusEntry> Finds { get; } = Read("finds.txt");

    /// <summary>Those that a region has signed.</summary>
    public static IEnumerable<CorpusEntry> Signed => [.. Codes, .. Finds.Where(find => find.Verdict == Verdict.Valid)];

    /// <summary>Judges all of them.</summary>
    public static LicenceVerifier Verifier { get; } = new(new TableSignatureVerifier(), new VerifyingRules());

    /// <summary>What they are judged by: every licence of the corpus is in force.</summary>
    public static VerificationData Data { get; } = new Situation { Keys = [Situation.Key(TestKeys.Sm2), Situation.Key(TestKeys.P256)] }.Data() with { Index = MakeIndex() };

    /// <summary>The bytes of a code of the corpus.</summary>
    public static byte[] MessageOf(CorpusEntry code)
    {
        var message = new byte[PresentationMessage.MaxBytes];
        PresentationText.Read(code.Text, message, out var length);
        return message[..length];
    }

    /// <summary>Asks as a counter of Tianjin does that may use every scenario.</summary>
    public static VerificationQuestion Question(string text) => new Situation().Question(text);

    /// <summary>Writes a text as a line of the files has it.</summary>
    public static string Escape(string text) =>
        string.Concat(text.Select(c => c is > ' ' and <= '~' and not '\\' ? c.ToString() : $"\\u{(int)c:X4}"));

    /// <summary>Lines of verdict, name and escaped text; others begin with <c>#</c>.</summary>
    private static CorpusEntry[] Read(string file) =>
    [
        .. from line in File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "Fuzzing", file))
           where line.Length > 0 && line[0] != '#'
           let columns = line.Split(' ')
           select new CorpusEntry(columns[1], Enum.Parse<Verdict>(columns[0]), Regex.Unescape(columns[2])),
    ];

    private static LicenceIndex MakeIndex()
    {
        var index = new LicenceIndex();
        var region = index.GetOrAdd(TestFederation.Beijing, 65_536);
        var seq = 0;
        foreach (var code in Codes)
        {
            if (!PresentationMessage.TryDecode(MessageOf(code), out var decoded))
            {
                throw new InvalidDataException($"{code.Name} is not a code.");
            }

            var claims = decoded.Claims;
            var tag = EntryTag.Compute(claims.Region, claims.List, claims.Index, claims.LicenceType, decoded.DisplayBytes.Span);
            if (region.Find(claims.List, claims.Index).Tag != tag)
            {
                region.Apply(new StatusChange(++seq, Situation.Start * 1000, claims.List, claims.Index, LicenceStatus.InForce, tag, StatusReason.None));
            }
        }

        region.Publish(Situation.Start * 1000);
        return index;
    }
}
