namespace CrossProvince.Service.Federation;

/// <summary>Reads what another server answers, up to a size.</summary>
internal static class BoundedBody
{
    /// <summary>Reads a body.</summary>
    /// <param name="response">Of which the head was read.</param>
    /// <param name="most">Most bytes.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>Null when there are more.</returns>
    public static async Task<byte[]?> TryReadAsync(HttpResponseMessage response, int most, CancellationToken cancellation)
    {
        await using var body = await response.Content.ReadAsStreamAsync(cancellation);
        using var buffer = new MemoryStream();
        var piece = new byte[16 * 1024];
        int read;
        while ((read = await body.ReadAsync(piece, cancellation)) > 0)
        {
            if (buffer.Length + read > most)
            {
                return null;
            }

            buffer.Write(piece, 0, read);
        }

        return buffer.ToArray();
    }
}
