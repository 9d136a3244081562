namespace CrossProvince.Cli.Licences;

/// <summary>One line of an import file.</summary>
/// <param name="Number">Its number, from 1.</param>
/// <param name="Utf8">Its text in UTF-8, or null when it can't be read.</param>
/// <param name="Fault">Why it can't be read.</param>
/// <param name="End">Bytes of the file up to its end.</param>
internal readonly record struct ImportLine(long Number, byte[]? Utf8, string? Fault, long End);
