namespace CrossProvince.Service.Storage.Sealing;

/// <summary>A command about the keys of a database could not be finished. What was done stays done.</summary>
/// <param name="problem">What is wrong; nothing of a person.</param>
/// <param name="cause">Where it came from.</param>
public sealed class StorageMaintenanceException(string problem, Exception cause) : Exception(problem, cause);
