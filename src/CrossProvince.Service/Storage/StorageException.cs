namespace CrossProvince.Service.Storage;

/// <summary>The database did not take the work, or did not say that it did.</summary>
internal sealed class StorageException(Exception? inner) : Exception("The database cannot be used now.", inner);
