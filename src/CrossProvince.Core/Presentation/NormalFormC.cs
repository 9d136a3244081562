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
    internal static string Of(string text) => text.Normalize(NormalizationForm.FormC);

    /// <summary>Whether UTF-8 of at most a display's size is well formed and in normal form C. Allocates nothing.</summary>
    internal static bool IsNormal(ReadOnlySpan<byte> utf8)
    {
        Span<char> text = stackalloc char[Display.MaxEncodedBytes];
        return Utf8.ToUtf16(utf8, text, out _, out var length, replaceInvalidSequences: false) == System.Buffers.OperationStatus.Done
            && ((ReadOnlySpan<char>)text[..length]).IsNormalized(NormalizationForm.FormC);
    }
}
