namespace CrossProvince.Service.Storage;

/// <summary>More writes are waiting than the node holds; nothing was done.</summary>
internal sealed class StorageBusyException() : Exception("Too many writes are waiting.");
