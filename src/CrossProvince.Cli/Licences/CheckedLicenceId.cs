using System.Diagnostics.CodeAnalysis;
using CrossProvince.Core.Identifiers;

namespace CrossProvince.Cli.Licences;

/// <summary>A licence identifier as somebody typed or scanned it.</summary>
internal static class CheckedLicenceId
{
    /// <summary>Warns when the check character is wrong; deployed systems print such identifiers, so it is looked up all the same.</summary>
    /// <remarks>GB/T 36904 with the check character of GB/T 17710.</remarks>
    [return: NotNullIfNotNull(nameof(text))]
    internal static string? Read(Session session, string? text)
    {
        if (LicenceId.TryParse(text, out var id) && !id.HasCorrectCheck)
        {
            session.Error.WriteLine(session.Say(
                "注意：证照标识的校验位不对，可能录入有误；仍按原样查找。",
                "Warning: the check character of the licence identifier is wrong, so it may be mistyped. It is looked up as it stands."));
        }

        return text;
    }
}
