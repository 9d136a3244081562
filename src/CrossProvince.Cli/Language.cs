using CrossProvince.Core.Identifiers;

namespace CrossProvince.Cli;

/// <summary>The language of words on screen.</summary>
internal enum Language
{
    En = 1,
    Zh = 2,
}

/// <summary>Chooses words.</summary>
internal static class Languages
{
    private static readonly string[] s_localeVariables = ["LC_ALL", "LC_MESSAGES", "LANG"];

    /// <summary>The language asked for by --lang, else by the environment as POSIX has it.</summary>
    internal static Language Detect(IReadOnlyList<string> args, Func<string, string?> environment)
    {
        for (var i = 0; i < args.Count; i++)
        {
            var asked = args[i] == "--lang" && i + 1 < args.Count ? args[i + 1] : args[i].StartsWith("--lang=", StringComparison.Ordinal) ? args[i][7..] : null;
            if (asked is not null)
            {
                return Parse(asked);
            }
        }

        var locale = s_localeVariables.Select(environment).FirstOrDefault(value => !string.IsNullOrEmpty(value));
        return Parse(locale ?? "");
    }

    internal static string Say(this Language language, string zh, string en) => language == Language.Zh ? zh : en;

    internal static string Say(this Language language, LocalizedText text) => language.Say(text.Zh, text.En);

    private static Language Parse(string locale) => locale.StartsWith("zh", StringComparison.OrdinalIgnoreCase) ? Language.Zh : Language.En;
}
