using System.Formats.Cbor;
using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Signatures;

namespace CrossProvince.Core.Trust;

/// <summary>The trust list as it travels: a COSE_Sign of several root keys (docs/signed-documents.md).</summary>
public static class TrustListDocument
{
    /// <summary>Most bytes of a document that are looked at.</summary>
    public const int MaxBytes = 1 << 20;

    private const int MaxCertificateBytes = 8192;
    private const string RootsField = "roots";

    /// <summary>What its signatures are bound to besides the payload.</summary>
    public static ReadOnlySpan<byte> ExternalAad => "CP1-TRUST"u8;

    /// <summary>The payload to be signed: deterministic CBOR.</summary>
    public static byte[] EncodePayload(TrustList list)
    {
        var writer = new CborWriter(CborConformanceMode.Canonical);
        writer.WriteStartMap(list.RootChanges.Count == 0 ? 5 : 6);
        writer.WriteTextString("version");
        writer.WriteInt64(list.Version);
        writer.WriteTextString("iat");
        writer.WriteInt64(list.IssuedAt);
        writer.WriteTextString("exp");
        writer.WriteInt64(list.ExpiresAt);
        writer.WriteTextString("regions");
        writer.WriteStartArray(list.Regions.Count);
        foreach (var region in list.Regions)
        {
            WriteRegion(writer, region);
        }

        writer.WriteEndArray();
        writer.WriteTextString("catalogue_hash");
        writer.WriteByteString(list.CatalogueHash.Span);
        if (list.RootChanges.Count > 0)
        {
            writer.WriteTextString(RootsField);
            writer.WriteStartArray(list.RootChanges.Count);
            foreach (var change in list.RootChanges)
            {
                writer.WriteByteString(change.Span);
            }

            writer.WriteEndArray();
        }

        writer.WriteEndMap();
        return writer.Encode();
    }

    /// <summary>Reads a payload; nobody need have signed it.</summary>
    /// <exception cref="TrustListException">It is none, or a rule is broken.</exception>
    public static TrustList DecodePayload(ReadOnlyMemory<byte> payload) => Read(payload, ReadList);

    /// <summary>Signs a list with some of the root keys.</summary>
    /// <param name="list">The list.</param>
    /// <param name="roots">One or more; others may add theirs later.</param>
    public static byte[] Sign(TrustList list, IReadOnlyList<ISigner> roots) => CoseSign.Sign(roots, ExternalAad, EncodePayload(list));

    /// <summary>Adds the signature of one more root key, as when the keys are in different hands.</summary>
    /// <param name="document">The signed list.</param>
    /// <param name="root">The key.</param>
    public static byte[] AddSignature(byte[] document, ISigner root) => CoseSign.AddSignature(document, root, ExternalAad);

    /// <summary>Checks the signatures and reads the list. Whether it has expired is not judged.</summary>
    /// <param name="document">Tagged COSE_Sign.</param>
    /// <param name="roots">The root keys that are known.</param>
    /// <exception cref="TrustListException">Too few roots signed, or a rule is broken; the message says what.</exception>
    public static TrustList Open(ReadOnlyMemory<byte> document, TrustRoots roots) => Open(document, roots, out _);

    /// <inheritdoc cref="Open(ReadOnlyMemory{byte}, TrustRoots)"/>
    /// <param name="document">Tagged COSE_Sign.</param>
    /// <param name="roots">The root keys that are known.</param>
    /// <param name="signers">The roots that sign now: those that are known, or those to which the list's changes of roots lead from them.</param>
    public static TrustList Open(ReadOnlyMemory<byte> document, TrustRoots roots, out TrustRoots signers)
    {
        var message = Message(document);

        // The changes are all that is looked at before the signatures are known to be good; each is believed by signatures of its own.
        var changes = Read(message.Payload, ReadRootChanges);
        signers = RootChanges.Follow(roots, changes);
        RootSignatures.Require(message, ExternalAad, signers, "The trust list");
        var list = DecodePayload(message.Payload);
        var rootKeys = changes.SelectMany(change => RootChangeDocument.Decode(change).Keys).Concat(roots.Keys).ToHashSet();
        return list.Regions.SelectMany(region => region.Keys).Any(key => rootKeys.Contains(key.Key))
            ? throw new TrustListException("The trust list is refused: a root key stands there as a region's key.")
            : list;
    }

    /// <summary>Which of some keys have signed a document.</summary>
    /// <exception cref="TrustListException">It is no COSE_Sign message.</exception>
    public static IReadOnlyList<PublicKey> WhoSigned(ReadOnlyMemory<byte> document, IEnumerable<PublicKey> keys) => RootSignatures.WhoSigned(Message(document), ExternalAad, keys);

    private static CoseSignMessage Message(ReadOnlyMemory<byte> document) => document.Length <= MaxBytes && CoseSign.TryRead(document, out var message)
        ? message
        : throw new TrustListException("The trust list is not a COSE_Sign message.");

    private static T Read<T>(ReadOnlyMemory<byte> payload, Func<CborReader, T> read)
    {
        try
        {
            return CborFields.Read(payload, read);
        }
        catch (CborContentException e)
        {
            throw new TrustListException($"The trust list is refused: {e.Message}.", e);
        }
    }

    private static List<ReadOnlyMemory<byte>> ReadRootChanges(CborReader reader)
    {
        List<ReadOnlyMemory<byte>> changes = [];
        reader.ReadMap(field => field == RootsField && (changes = ReadChanges(reader)) is not null);
        return changes;
    }

    private static List<ReadOnlyMemory<byte>> ReadChanges(CborReader reader) => reader.ReadArray(RootChanges.Max, () =>
    {
        var change = reader.ReadDefiniteLengthByteString();
        return change.Length <= RootChangeDocument.MaxBytes ? change : throw new CborContentException($"a change of roots has {change.Length} bytes, more than {RootChangeDocument.MaxBytes}");
    });

    private static void WriteRegion(CborWriter writer, TrustedRegion region)
    {
        writer.WriteStartMap(7);
        writer.WriteTextString("code");
        writer.WriteTextString(region.Code.ToString());
        writer.WriteTextString("names");
        writer.WriteStartMap(2);
        writer.WriteTextString("zh");
        writer.WriteTextString(region.Names.Zh);
        writer.WriteTextString("en");
        writer.WriteTextString(region.Names.En);
        writer.WriteEndMap();
        writer.WriteTextString("cas");
        writer.WriteStartArray(region.CertificateAuthorities.Count);
        foreach (var authority in region.CertificateAuthorities)
        {
            writer.WriteByteString(authority.Span);
        }

        writer.WriteEndArray();
        writer.WriteTextString("keys");
        writer.WriteStartArray(region.Keys.Count);
        foreach (var key in region.Keys)
        {
            WriteKey(writer, key);
        }

        writer.WriteEndArray();
        writer.WriteTextString("endpoints");
        writer.WriteStartMap(1);
        writer.WriteTextString("api");
        writer.WriteTextString(region.ApiEndpoint);
        writer.WriteEndMap();
        writer.WriteTextString("lists");
        writer.WriteStartMap(1);
        writer.WriteTextString("bound");
        writer.WriteInt32(region.ListBound);
        writer.WriteEndMap();
        writer.WriteTextString("partners");
        writer.WriteStartMap(1);
        writer.WriteTextString("roles");
        writer.WriteStartArray(region.PartnerRoles.Count);
        foreach (var role in region.PartnerRoles)
        {
            writer.WriteTextString(role);
        }

        writer.WriteEndArray();
        writer.WriteEndMap();
        writer.WriteEndMap();
    }

    private static void WriteKey(CborWriter writer, TrustedKey key)
    {
        const int RequiredFields = 5;
        var optionalFields = (key.Types is null ? 0 : 1) + (key.RetiredAt is null ? 0 : 1) + (key.CompromisedAt is null ? 0 : 1);
        writer.WriteStartMap(RequiredFields + optionalFields);
        writer.WriteTextString("spki");
        writer.WriteByteString(key.Key.Spki.Span);
        writer.WriteTextString("alg");
        writer.WriteInt32((int)key.Key.Algorithm);
        writer.WriteTextString("use");
        writer.WriteTextString(UseName(key.Use));
        if (key.Types is { } types)
        {
            writer.WriteTextString("types");
            writer.WriteStartArray(types.Count);
            foreach (var type in types)
            {
                writer.WriteInt32(type);
            }

            writer.WriteEndArray();
        }

        writer.WriteTextString("not_before");
        writer.WriteInt64(key.NotBefore);
        writer.WriteTextString("not_after");
        writer.WriteInt64(key.NotAfter);
        if (key.RetiredAt is { } retiredAt)
        {
            writer.WriteTextString("retired_at");
            writer.WriteInt64(retiredAt);
        }

        if (key.CompromisedAt is { } compromisedAt)
        {
            writer.WriteTextString("compromised_at");
            writer.WriteInt64(compromisedAt);
        }

        writer.WriteEndMap();
    }

    private static TrustList ReadList(CborReader reader)
    {
        long? version = null;
        long? issuedAt = null;
        long? expiresAt = null;
        List<TrustedRegion>? regions = null;
        ReadOnlyMemory<byte>? catalogueHash = null;
        List<ReadOnlyMemory<byte>>? rootChanges = null;
        reader.ReadMap(field =>
        {
            switch (field)
            {
                case "version":
                    version = reader.ReadInt64();
                    return true;
                case "iat":
                    issuedAt = reader.ReadInstant();
                    return true;
                case "exp":
                    expiresAt = reader.ReadInstant();
                    return true;
                case "regions":
                    regions = reader.ReadArray(TrustList.MaxRegions, () => ReadRegion(reader));
                    return true;
                case "catalogue_hash":
                    catalogueHash = reader.ReadBytes(Sm3.HashSize);
                    return true;
                case RootsField:
                    rootChanges = ReadChanges(reader);
                    return true;
                default:
                    return false;
            }
        });
        return new TrustList(
            CborFields.Need(version, "version"),
            CborFields.Need(issuedAt, "iat"),
            CborFields.Need(expiresAt, "exp"),
            CborFields.Need(regions, "regions"),
            CborFields.Need(catalogueHash, "catalogue_hash"),
            rootChanges);
    }

    private static TrustedRegion ReadRegion(CborReader reader)
    {
        string? code = null;
        LocalizedText? names = null;
        List<ReadOnlyMemory<byte>>? authorities = null;
        List<TrustedKey>? keys = null;
        string? endpoint = null;
        int? bound = null;
        List<string>? roles = null;
        reader.ReadMap(field =>
        {
            switch (field)
            {
                case "code":
                    code = reader.ReadText(6);
                    return true;
                case "names":
                    names = ReadNames(reader);
                    return true;
                case "cas":
                    authorities = reader.ReadArray(TrustList.MaxAuthorities, () => ReadCertificate(reader));
                    return true;
                case "keys":
                    keys = reader.ReadArray(TrustList.MaxKeys, () => ReadKey(reader));
                    return true;
                case "endpoints":
                    reader.ReadMap(name => name == "api" && (endpoint = reader.ReadText(512)) is not null);
                    return true;
                case "lists":
                    reader.ReadMap(name => name == "bound" && (bound = reader.ReadInt(1, ushort.MaxValue + 1)) is not null);
                    return true;
                case "partners":
                    reader.ReadMap(name => name == "roles" && (roles = reader.ReadArray(3, () => reader.ReadText(16))) is not null);
                    return true;
                default:
                    return false;
            }
        });
        return new TrustedRegion
        {
            Code = RegionCode.Parse(CborFields.Need(code, "code")),
            Names = CborFields.Need(names, "names"),
            CertificateAuthorities = CborFields.Need(authorities, "cas"),
            Keys = CborFields.Need(keys, "keys"),
            ApiEndpoint = CborFields.Need(endpoint, "endpoints.api"),
            ListBound = CborFields.Need(bound, "lists.bound"),
            PartnerRoles = CborFields.Need(roles, "partners.roles"),
        };
    }

    private static LocalizedText ReadNames(CborReader reader)
    {
        string? zh = null;
        string? en = null;
        reader.ReadMap(name => name switch
        {
            "zh" => (zh = reader.ReadText(64)) is not null,
            "en" => (en = reader.ReadText(64)) is not null,
            _ => false,
        });
        return new LocalizedText(CborFields.Need(zh, "names.zh"), CborFields.Need(en, "names.en"));
    }

    private static ReadOnlyMemory<byte> ReadCertificate(CborReader reader)
    {
        var der = reader.ReadDefiniteLengthByteString();
        return der.Length <= MaxCertificateBytes ? der : throw new CborContentException($"a certificate has {der.Length} bytes, more than {MaxCertificateBytes}");
    }

    private static TrustedKey ReadKey(CborReader reader)
    {
        PublicKey? key = null;
        int? algorithm = null;
        KeyUse? use = null;
        List<int>? types = null;
        long? notBefore = null;
        long? notAfter = null;
        long? retiredAt = null;
        long? compromisedAt = null;
        reader.ReadMap(field =>
        {
            switch (field)
            {
                case "spki":
                    key = PublicKey.FromSpki(reader.ReadDefiniteLengthByteString().Span);
                    return true;
                case "alg":
                    algorithm = reader.ReadInt32();
                    return true;
                case "use":
                    use = ParseUse(reader.ReadText(16));
                    return true;
                case "types":
                    types = reader.ReadArray(TrustList.MaxKeys, () => reader.ReadInt(0, 0x7FFF));
                    return true;
                case "not_before":
                    notBefore = reader.ReadInstant();
                    return true;
                case "not_after":
                    notAfter = reader.ReadInstant();
                    return true;
                case "retired_at":
                    retiredAt = reader.ReadInstant();
                    return true;
                case "compromised_at":
                    compromisedAt = reader.ReadInstant();
                    return true;
                default:
                    return false;
            }
        });
        return CborFields.Need(algorithm, "alg") == (int)CborFields.Need(key, "spki").Algorithm
            ? new TrustedKey
            {
                Key = CborFields.Need(key, "spki"),
                Use = CborFields.Need(use, "use"),
                Types = types,
                NotBefore = CborFields.Need(notBefore, "not_before"),
                NotAfter = CborFields.Need(notAfter, "not_after"),
                RetiredAt = retiredAt,
                CompromisedAt = compromisedAt,
            }
            : throw new CborContentException($"key {key?.Id} is of another algorithm than it says");
    }

    private static string UseName(KeyUse use) => use switch
    {
        KeyUse.Code => "code",
        KeyUse.Index => "index",
        KeyUse.Receipt => "receipt",
        _ => throw new ArgumentOutOfRangeException(nameof(use), use, null),
    };

    private static KeyUse ParseUse(string name) => name switch
    {
        "code" => KeyUse.Code,
        "index" => KeyUse.Index,
        "receipt" => KeyUse.Receipt,
        _ => throw new CborContentException($"'{name}' is no use of a region's key"),
    };
}
