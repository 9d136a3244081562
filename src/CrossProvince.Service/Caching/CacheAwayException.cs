namespace CrossProvince.Service.Caching;

/// <summary>The shared cache gave no answer; whether it did what it was asked is not known.</summary>
internal sealed class CacheAwayException(Exception? inner) : Exception("Redis cannot be used now.", inner);
