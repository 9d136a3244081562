namespace CrossProvince.LoadTest;

/// <summary>The run can't be made as asked; the message says why.</summary>
internal sealed class LoadTestException(string message) : Exception(message);
