using System.Text;
using CrossProvince.Service.Identity;

namespace CrossProvince.Service.Storage.Sealing;

/// <summary>The keys that seal what names a person, and those by which rows are found again. Safe for concurrent calls.</summary>
internal sealed class KeyRing
{
    private const string LicenceDomain = "licence";
    private const string PersonDomain = "person";
    private const int LongestMessage = 512;

    private readonly Dictionary<string, DataKey> _byId;
    private readonly LookUpKey[] _lookUps;

    /// <param name="dataKeys">Of different ids; one is current.</param>
    /// <param name="lookUpKeys">Of different ids; one is current.</param>
    public KeyRing(IReadOnlyList<DataKey> dataKeys, IReadOnlyList<LookUpKey> lookUpKeys)
    {
        _byId = dataKeys.ToDictionary(key => key.Id);
        _lookUps = [.. lookUpKeys.OrderByDescending(key => key.IsCurrent)];
        Current = dataKeys.Single(key => key.IsCurrent);
    }

    /// <summary>The key that new values are sealed with.</summary>
    public DataKey Current { get; }

    /// <summary>The key by which new rows are found.</summary>
    public LookUpKey CurrentLookUp => _lookUps[0];

    public IReadOnlyCollection<DataKey> DataKeys => _byId.Values;

    /// <summary>The current one first.</summary>
    public IReadOnlyList<LookUpKey> LookUpKeys => _lookUps;

    public DataKey? FindDataKey(string id) => _byId.GetValueOrDefault(id);

    public LookUpKey? FindLookUpKey(string id) => Array.Find(_lookUps, key => key.Id == id);

    /// <summary>Seals a value for its place.</summary>
    public byte[] Seal(SealedPlace place, ReadOnlySpan<byte> plain) => SealedBytes.Seal(Current, place, plain);

    /// <summary>Seals a text for its place; nothing is sealed as nothing.</summary>
    public byte[] SealText(SealedPlace place, string text) => text.Length == 0 ? [] : Seal(place, Encoding.UTF8.GetBytes(text));

    /// <summary>Opens what stands in a place.</summary>
    /// <exception cref="SealedDataException">The ring lacks its key, or it is not what was sealed there.</exception>
    public byte[] Open(SealedPlace place, ReadOnlySpan<byte> value)
    {
        if (SealedBytes.FindKeyId(value) is not { } id)
        {
            throw new SealedDataException(place, "the value is damaged, or of a newer program. A backup has the right one.");
        }

        var key = FindDataKey(id) ?? throw new SealedDataException(place, $"it needs data key '{id}', which the key file does not have. Put the key into the file of Storage:KeyFile and start the node again.");
        return SealedBytes.TryOpen(key, place, value) ?? throw new SealedDataException(
            place, $"data key '{id}' does not fit: the value is damaged, or was moved here from another row. A backup has the right one.");
    }

    /// <summary>Opens a text.</summary>
    /// <exception cref="SealedDataException">As for <see cref="Open"/>.</exception>
    public string OpenText(SealedPlace place, ReadOnlySpan<byte> value) => value.Length == 0 ? "" : Encoding.UTF8.GetString(Open(place, value));

    /// <summary>By what a licence is found.</summary>
    public byte[] HashOf(string licenceId) => Hash(CurrentLookUp, LicenceDomain, licenceId, "");

    /// <summary>By what a licence may be found: one hash for each look-up key, the current first.</summary>
    public byte[][] HashesOf(string licenceId) => Array.ConvertAll(_lookUps, key => Hash(key, LicenceDomain, licenceId, ""));

    /// <summary>By what a person is found.</summary>
    public byte[] HashOf(Person person) => Hash(CurrentLookUp, PersonDomain, person.CodeType, person.Code);

    /// <summary>By what a person may be found: one hash for each look-up key, the current first.</summary>
    public byte[][] HashesOf(Person person) => Array.ConvertAll(_lookUps, key => Hash(key, PersonDomain, person.CodeType, person.Code));

    /// <summary>Whether a hash is this person's, by whatever look-up key.</summary>
    public bool IsHashOf(Person person, ReadOnlySpan<byte> hash)
    {
        foreach (var candidate in HashesOf(person))
        {
            if (hash.SequenceEqual(candidate))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The hash of a domain and two texts with a zero between, which none of them holds.</summary>
    private static byte[] Hash(LookUpKey key, string domain, string one, string other)
    {
        var longest = Encoding.UTF8.GetMaxByteCount(domain.Length + one.Length + other.Length) + 2;
        var message = longest <= LongestMessage ? stackalloc byte[LongestMessage] : new byte[longest];
        var length = Encoding.UTF8.GetBytes(domain, message);
        message[length++] = 0;
        length += Encoding.UTF8.GetBytes(one, message[length..]);
        message[length++] = 0;
        length += Encoding.UTF8.GetBytes(other, message[length..]);
        return key.Hash(message[..length]);
    }
}
