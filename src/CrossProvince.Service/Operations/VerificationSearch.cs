using CrossProvince.Core.Verification;
using CrossProvince.Service.Presenting;

namespace CrossProvince.Service.Operations;

/// <summary>Which of an organisation's verifications are looked for.</summary>
/// <param name="Organisation">Whose.</param>
/// <param name="From">First moment, Unix milliseconds.</param>
/// <param name="Until">End, not included.</param>
/// <param name="Terminal">One terminal only; empty for all.</param>
/// <param name="Text">Stands in matter code, case number or terminal, or begins the id; empty for all.</param>
/// <param name="Verdict">One verdict only; null for all.</param>
/// <param name="Page">Where the page begins.</param>
/// <param name="Size">Most records of the page.</param>
internal sealed record VerificationSearch(string Organisation, long From, long Until, string Terminal, string Text, Verdict? Verdict, UsePage Page, int Size)
{
    /// <summary>The text as a pattern of LIKE with <c>\</c> before what is meant as it stands.</summary>
    public string Pattern => Text.Replace(@"\", @"\\", StringComparison.Ordinal).Replace("%", @"\%", StringComparison.Ordinal).Replace("_", @"\_", StringComparison.Ordinal);
}
