namespace CrossProvince.Service.Storage.Sealing;

/// <summary>A sealed value cannot be opened. The message names its place and key, never what is in it.</summary>
/// <param name="place">Where it stands.</param>
/// <param name="problem">What is wrong and what to do.</param>
internal sealed class SealedDataException(SealedPlace place, string problem) : Exception($"What is sealed in {place} cannot be opened: {problem}");
