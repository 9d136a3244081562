namespace CrossProvince.Service.Storage;

/// <summary>The database did not take the work; nothing of it was done.</summary>
internal sealed class StorageException(Exception inner) : Exception("The database cannot be written to now.", inner);
