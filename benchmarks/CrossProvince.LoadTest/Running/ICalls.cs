namespace CrossProvince.LoadTest.Running;

/// <summary>Calls of one kind to one server, by number; an error is counted, not thrown. Safe for concurrent calls.</summary>
internal interface ICalls : IAsyncDisposable
{
    /// <summary>Makes one call and waits for its answer.</summary>
    /// <param name="number">From 0; chooses what is sent.</param>
    Task CallAsync(int number);
}
