using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace CrossProvince.Core.Presentation;

/// <summary>Unicode Normalization Form C (UAX #15), in which every text of a display is written.</summary>
/// <remarks>The framework does the work. It needs Unicode data: in globalization-invariant mode it would call everything normal, see <see cref="IsAvailable"/>.</remarks>
public static class NormalFormC
{
    /// <summary>Whether this process can normalise at all; a program that makes or verifies codes refuses to start otherwise.</summary>
    public static bool IsAvailable => "e\u0301".Normalize(NormalizationForm.FormC).Length == 1;

    /// <summary>A text in normal form C.</summary>
    /// <exception cref="ArgumentException">The text has an unpaired surrogate.</exception>
    internal static string Of(string text)
    {
        foreach (var c in text)
        {
            if (!IsNormalAnywhere(c))
            {
                return text.Normalize(NormalizationForm.FormC);
            }
        }

        return text;
    }

    /// <summary>Whether UTF-8 of at most a display's size is well formed and in normal form C. Allocates nothing, never throws.</summary>
    internal static bool IsNormal(ReadOnlySpan<byte> utf8) => Ascii.IsValid(utf8) || IsNormalBeyondAscii(utf8);

    private static bool IsNormalBeyondAscii(ReadOnlySpan<byte> utf8)
    {
        Span<char> text = stackalloc char[Display.MaxEncodedBytes];
        if (Utf8.ToUtf16(utf8, text, out _, out var length, replaceInvalidSequences: false) != OperationStatus.Done)
        {
            return false;
        }

        text = text[..length];
        foreach (var c in text)
        {
            if (!IsNormalAnywhere(c))
            {
                // The framework throws for this one character that is none, though it is well-formed Unicode.
                return !text.Contains('\uFFFE') && ((ReadOnlySpan<char>)text).IsNormalized(NormalizationForm.FormC);
            }
        }

        return true;
    }

    /// <summary>Characters that displays are made of and that no neighbour composes with, so that the framework need not be asked: all before the first
    /// combining mark, the ellipsis, Chinese characters of the basic block and extension A (UAX #15 §9: NFC_QC = Yes and class 0).</summary>
    private static bool IsNormalAnywhere(char c) => c is < '\u0300' or '\u2026' or (>= '\u3400' and <= '\u4DBF') or (>= '\u4E00' and <= '\u9FFF');
}
