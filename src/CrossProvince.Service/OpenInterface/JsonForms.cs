using System.Buffers.Text;
using System.Globalization;
using System.Text.Json;
using CrossProvince.Core.Identifiers;
using Google.Protobuf.Reflection;

namespace CrossProvince.Service.OpenInterface;

/// <summary>The forms that ProtoJSON gives to the values of a field.</summary>
internal static class JsonForms
{
    private static readonly LocalizedText s_unicode = new("必须是完整的 Unicode 文本", "must be well-formed Unicode");

    /// <summary>Null when a value can be the field's, else what it must be.</summary>
    /// <param name="field">A single field, or an item of a repeated one; no message of the project's own.</param>
    /// <param name="value">What came.</param>
    public static LocalizedText? Problem(FieldDescriptor field, JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => TextOf(value) is not { } text ? s_unicode : field.FieldType == FieldType.Bool ? Form(field) : Problem(field, text),
        JsonValueKind.Number when field.FieldType is not (FieldType.String or FieldType.Bytes or FieldType.Bool or FieldType.Message) => Problem(field, value.GetRawText()),
        JsonValueKind.True or JsonValueKind.False when field.FieldType == FieldType.Bool => null,
        _ => Form(field),
    };

    /// <summary>Null when a text can be the field's value, else what it must be.</summary>
    public static LocalizedText? Problem(FieldDescriptor field, string text)
    {
        var fits = field.FieldType switch
        {
            FieldType.Bool => text is "true" or "false",
            FieldType.Int32 or FieldType.SInt32 or FieldType.SFixed32 => int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _),
            FieldType.UInt32 or FieldType.Fixed32 => uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out _),
            FieldType.Int64 or FieldType.SInt64 or FieldType.SFixed64 => long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _),
            FieldType.UInt64 or FieldType.Fixed64 => ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out _),
            FieldType.Enum => field.EnumType.FindValueByName(text) is not null || (int.TryParse(text, CultureInfo.InvariantCulture, out var number) && field.EnumType.FindValueByNumber(number) is not null),
            FieldType.Bytes => Base64.IsValid(text) || Base64Url.IsValid(text),
            FieldType.Message when field.MessageType.FullName == "google.protobuf.Timestamp" =>
                DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.None, out _) && text.Contains('T', StringComparison.OrdinalIgnoreCase),
            _ => true,
        };
        return fits ? null : Form(field);
    }

    private static LocalizedText Form(FieldDescriptor field) => field.FieldType switch
    {
        FieldType.String => new("必须是字符串", "must be a string"),
        FieldType.Bool => new("必须是 true 或 false", "must be true or false"),
        FieldType.Bytes => new("必须是 Base64", "must be Base64"),
        FieldType.Enum => OneOf(string.Join(", ", field.EnumType.Values.Select(v => v.Name))),
        FieldType.Message when field.MessageType.FullName == "google.protobuf.Timestamp" =>
            new("必须是 RFC 3339 时间，如 2026-08-01T09:30:00Z", "must be a time of RFC 3339, such as 2026-08-01T09:30:00Z"),
        _ => new("必须是整数", "must be an integer"),
    };

    private static LocalizedText OneOf(string names) => new($"必须是以下之一：{names}", $"must be one of {names}");

    /// <summary>A JSON text, or null when an escape in it is half a character.</summary>
    private static string? TextOf(JsonElement value)
    {
        try
        {
            return value.GetString();
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }
}
