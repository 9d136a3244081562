namespace CrossProvince.Cli.Licences;

/// <summary>How far a file was read.</summary>
/// <param name="Line">Number of the last line read, from 1; 0 = none.</param>
/// <param name="Bytes">Bytes of the file up to its end.</param>
internal readonly record struct ImportPosition(long Line, long Bytes);
