using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace CrossProvince.Service.Licences;

/// <summary>The JSON of one line of the licence import format, nothing of it checked but its shape.</summary>
internal sealed record LineJson
{
    /// <summary>Depth that a line has at most; more is refused.</summary>
    private const int MaxDepth = 8;

    private const int MostUtf8BytesOfACharacter = 3;

    private static readonly JsonSerializerOptions s_options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        AllowDuplicateProperties = false,
        MaxDepth = MaxDepth,
    };

    public string? LicenceId { get; set; }

    public string? TypeCode { get; set; }

    public string? Number { get; set; }

    public PartyJson? Holder { get; set; }

    public IssuerJson? Issuer { get; set; }

    public string? IssuedOn { get; set; }

    public string? ValidFrom { get; set; }

    public string? ValidUntil { get; set; }

    public string? Status { get; set; }

    public IReadOnlyDictionary<string, string>? Fields { get; set; }

    public IReadOnlyList<PartyJson?>? Guardians { get; set; }

    public IReadOnlyList<PartyJson?>? Agents { get; set; }

    /// <summary>Reads a line.</summary>
    /// <remarks>Token by token, which takes a fraction of the time; a line that has anything unexpected goes through the serializer, which says what and where.</remarks>
    /// <exception cref="LineRefusedException">It is not JSON of this shape.</exception>
    public static LineJson Read(string line)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(line.Length * MostUtf8BytesOfACharacter);
        try
        {
            return TryRead(buffer.AsSpan(0, Encoding.UTF8.GetBytes(line, buffer))) ?? ReadSlowly(line);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Reads a line by the serializer.</summary>
    /// <exception cref="LineRefusedException">It is not JSON of this shape.</exception>
    internal static LineJson ReadSlowly(string line)
    {
        try
        {
            return JsonSerializer.Deserialize<LineJson>(line, s_options) ?? throw new LineRefusedException("", "is the JSON value null, not a licence.");
        }
        catch (JsonException e)
        {
            // The serializer's message may quote values; its path names the field only.
            var field = (e.Path ?? "$").Replace("$.", "", StringComparison.Ordinal).TrimStart('$');
            var column = (e.BytePositionInLine ?? 0) + 1;
            throw new LineRefusedException(field, string.Create(CultureInfo.InvariantCulture, $"is not a licence in JSON: unknown or repeated field, wrong type or broken text near byte {column}."));
        }
    }

    /// <summary>Reads a line token by token.</summary>
    /// <returns>Null when there is anything but the fields of a licence, each once, and of the right kind.</returns>
    internal static LineJson? TryRead(ReadOnlySpan<byte> utf8)
    {
        var reader = new Utf8JsonReader(utf8, new JsonReaderOptions { MaxDepth = MaxDepth });
        try
        {
            var line = new LineJson();
            return reader.Read() && reader.TokenType == JsonTokenType.StartObject && line.TryFill(ref reader) && !reader.Read() ? line : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private bool TryFill(ref Utf8JsonReader reader)
    {
        var seen = 0;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var field = IndexOf(ref reader);
            if (field < 0 || (seen & (1 << field)) != 0 || !reader.Read() || !TrySet(field, ref reader))
            {
                return false;
            }

            seen |= 1 << field;
        }

        return reader.TokenType == JsonTokenType.EndObject;
    }

    private static int IndexOf(ref Utf8JsonReader reader) =>
        reader.ValueTextEquals("licence_id"u8) ? 0
        : reader.ValueTextEquals("type_code"u8) ? 1
        : reader.ValueTextEquals("number"u8) ? 2
        : reader.ValueTextEquals("holder"u8) ? 3
        : reader.ValueTextEquals("issuer"u8) ? 4
        : reader.ValueTextEquals("issued_on"u8) ? 5
        : reader.ValueTextEquals("valid_from"u8) ? 6
        : reader.ValueTextEquals("valid_until"u8) ? 7
        : reader.ValueTextEquals("status"u8) ? 8
        : reader.ValueTextEquals("fields"u8) ? 9
        : reader.ValueTextEquals("guardians"u8) ? 10
        : reader.ValueTextEquals("agents"u8) ? 11
        : -1;

    private bool TrySet(int field, ref Utf8JsonReader reader)
    {
        switch (field)
        {
            case 0:
                LicenceId = Text(ref reader);
                return true;
            case 1:
                TypeCode = Text(ref reader);
                return true;
            case 2:
                Number = Text(ref reader);
                return true;
            case 3:
                return TryReadParty(ref reader, hasCodeType: true, out var holder) && (Holder = holder) == holder;
            case 4:
                return TryReadIssuer(ref reader);
            case 5:
                IssuedOn = Text(ref reader);
                return true;
            case 6:
                ValidFrom = Text(ref reader);
                return true;
            case 7:
                ValidUntil = Text(ref reader);
                return true;
            case 8:
                Status = Text(ref reader);
                return true;
            case 9:
                return TryReadFields(ref reader);
            case 10:
                return TryReadParties(ref reader, out var guardians) && (Guardians = guardians) == guardians;
            default:
                return TryReadParties(ref reader, out var agents) && (Agents = agents) == agents;
        }
    }

    /// <exception cref="InvalidOperationException">It is neither a text nor null.</exception>
    private static string? Text(ref Utf8JsonReader reader) => reader.GetString();

    private bool TryReadIssuer(ref Utf8JsonReader reader)
    {
        // It has two of a party's three fields.
        if (!TryReadParty(ref reader, hasCodeType: false, out var party))
        {
            return false;
        }

        Issuer = party is null ? null : new IssuerJson { Name = party.Name, Code = party.Code };
        return true;
    }

    private static bool TryReadParty(ref Utf8JsonReader reader, bool hasCodeType, out PartyJson? party)
    {
        party = null;
        if (reader.TokenType == JsonTokenType.Null)
        {
            return true;
        }

        if (reader.TokenType != JsonTokenType.StartObject)
        {
            return false;
        }

        party = new PartyJson();
        var seen = 0;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var field = reader.ValueTextEquals("name"u8) ? 1 : reader.ValueTextEquals("code"u8) ? 2 : hasCodeType && reader.ValueTextEquals("code_type"u8) ? 4 : 0;
            if (field == 0 || (seen & field) != 0 || !reader.Read())
            {
                return false;
            }

            seen |= field;
            var text = Text(ref reader);
            (party.Name, party.Code, party.CodeType) = field switch
            {
                1 => (text, party.Code, party.CodeType),
                2 => (party.Name, text, party.CodeType),
                _ => (party.Name, party.Code, text),
            };
        }

        return reader.TokenType == JsonTokenType.EndObject;
    }

    private static bool TryReadParties(ref Utf8JsonReader reader, out List<PartyJson?>? parties)
    {
        parties = null;
        if (reader.TokenType == JsonTokenType.Null)
        {
            return true;
        }

        if (reader.TokenType != JsonTokenType.StartArray)
        {
            return false;
        }

        parties = [];
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (!TryReadParty(ref reader, hasCodeType: true, out var party))
            {
                return false;
            }

            parties.Add(party);
        }

        return reader.TokenType == JsonTokenType.EndArray;
    }

    private bool TryReadFields(ref Utf8JsonReader reader)
    {
        if (reader.TokenType == JsonTokenType.Null)
        {
            return true;
        }

        if (reader.TokenType != JsonTokenType.StartObject)
        {
            return false;
        }

        var fields = new Dictionary<string, string>();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (!fields.TryAdd(reader.GetString()!, reader.Read() ? Text(ref reader)! : ""))
            {
                return false;
            }
        }

        Fields = fields;
        return reader.TokenType == JsonTokenType.EndObject;
    }
}

/// <summary>A person in an import line.</summary>
internal sealed record PartyJson
{
    public string? Name { get; set; }

    public string? Code { get; set; }

    public string? CodeType { get; set; }
}

/// <summary>The issuer in an import line.</summary>
internal sealed record IssuerJson
{
    public string? Name { get; set; }

    public string? Code { get; set; }
}
