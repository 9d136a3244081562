using CrossProvince.Core.Verification;
using CrossProvince.Service.Storage;

namespace CrossProvince.Service.Web;

/// <summary>Seals what browsers keep for the node; every node of the region opens it, also after a restart.</summary>
internal sealed class PageKey(NodeSecrets secrets, TrustedClock clock)
{
    private byte[]? _key;

    /// <summary>To be awaited before the first use in a request: fetches the key, once.</summary>
    public async ValueTask PrepareAsync(CancellationToken cancellation) => _key ??= await secrets.GetAsync(NodeSecrets.PageSessions, cancellation);

    /// <summary>Seals something as of now.</summary>
    /// <param name="place">What it is for; it opens there only.</param>
    /// <param name="plain">The secret.</param>
    public byte[] Seal(string place, ReadOnlySpan<byte> plain) => SealedRecord.Seal(Key, place, clock.Now().UnixMilliseconds, plain);

    /// <summary>Opens what was sealed; null when it was not, not for this place, or longer ago than <paramref name="age"/>.</summary>
    public byte[]? Open(string place, ReadOnlySpan<byte> bytes, TimeSpan age) => SealedRecord.Open(Key, place, bytes, clock.Now().UnixMilliseconds - (long)age.TotalMilliseconds);

    private byte[] Key => _key ?? throw new InvalidOperationException("The key of pages was not prepared.");
}
