using System.Security.Cryptography;
using System.Text;

namespace CrossProvince.Service.Storage.Sealing;

/// <summary>How a sealed value lies in the database.</summary>
/// <remarks>
/// Version 1 (1), length of the key's id (1), the id in ASCII, nonce (12), ciphertext, tag (16). The first three and the place (<see cref="SealedPlace"/>) are
/// authenticated with it. Nonces are random: one key is good for 2^32 values (NIST SP 800-38D §8.3).
/// </remarks>
internal static class SealedBytes
{
    private const byte Version = 1;
    private const int FixedHeadBytes = 2;

    /// <summary>Random bytes cost as much to ask for as a licence costs to seal: they are asked for some hundred nonces at once.</summary>
    private const int NoncesAtOnce = 256;

    [ThreadStatic]
    private static byte[]? t_nonces;

    [ThreadStatic]
    private static int t_left;

    /// <summary>Longest id of a key.</summary>
    public const int LongestKeyId = 32;

    /// <summary>Seals.</summary>
    public static byte[] Seal(DataKey key, SealedPlace place, ReadOnlySpan<byte> plain)
    {
        var head = FixedHeadBytes + key.Id.Length;
        var value = new byte[head + DataKey.NonceBytes + plain.Length + DataKey.TagBytes];
        value[0] = Version;
        value[1] = (byte)key.Id.Length;
        Encoding.ASCII.GetBytes(key.Id, value.AsSpan(FixedHeadBytes));
        var nonce = value.AsSpan(head, DataKey.NonceBytes);
        TakeNonce(nonce);
        Span<byte> context = stackalloc byte[FixedHeadBytes + LongestKeyId + SealedPlace.MaxBytes];
        key.Encrypt(nonce, plain, value.AsSpan(head + DataKey.NonceBytes), context[..WriteContext(value.AsSpan(0, head), place, context)]);
        return value;
    }

    /// <summary>The id of the key that a value was sealed with; null when it is no sealed value.</summary>
    public static string? FindKeyId(ReadOnlySpan<byte> value) =>
        value.Length >= FixedHeadBytes && value[0] == Version && value[1] is > 0 and <= LongestKeyId && value.Length >= FixedHeadBytes + value[1] + DataKey.NonceBytes + DataKey.TagBytes
            && Ascii.IsValid(value.Slice(FixedHeadBytes, value[1]))
            ? Encoding.ASCII.GetString(value.Slice(FixedHeadBytes, value[1]))
            : null;

    /// <summary>Opens a value that <see cref="FindKeyId"/> knows.</summary>
    /// <returns>What was sealed; null when the value is damaged, of another place, or sealed by another key.</returns>
    public static byte[]? TryOpen(DataKey key, SealedPlace place, ReadOnlySpan<byte> value)
    {
        var head = FixedHeadBytes + value[1];
        var rest = value[(head + DataKey.NonceBytes)..];
        var plain = new byte[rest.Length - DataKey.TagBytes];
        Span<byte> context = stackalloc byte[FixedHeadBytes + LongestKeyId + SealedPlace.MaxBytes];
        return key.TryDecrypt(value.Slice(head, DataKey.NonceBytes), rest, plain, context[..WriteContext(value[..head], place, context)]) ? plain : null;
    }

    private static void TakeNonce(Span<byte> nonce)
    {
        t_nonces ??= new byte[NoncesAtOnce * DataKey.NonceBytes];
        if (t_left == 0)
        {
            RandomNumberGenerator.Fill(t_nonces);
            t_left = NoncesAtOnce;
        }

        t_nonces.AsSpan(--t_left * DataKey.NonceBytes, DataKey.NonceBytes).CopyTo(nonce);
    }

    private static int WriteContext(ReadOnlySpan<byte> head, SealedPlace place, Span<byte> context)
    {
        head.CopyTo(context);
        return head.Length + place.Write(context[head.Length..]);
    }
}
