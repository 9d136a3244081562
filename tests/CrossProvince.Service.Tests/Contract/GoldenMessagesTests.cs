using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using CrossProvince.Contracts.Catalogue.V1;
using CrossProvince.Contracts.Federation.V1;
using CrossProvince.Contracts.Licences.V1;
using CrossProvince.Contracts.Operations.V1;
using CrossProvince.Contracts.Presentation.V1;
using CrossProvince.Contracts.Verification.V1;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace CrossProvince.Service.Tests.Contract;

/// <summary>Every message of earlier protocols with every field set, as bytes and as JSON: this version reads and writes them so (docs/adr/0064).</summary>
/// <remarks>A field that was removed, renumbered, renamed or made of another type shows as JSON that differs. Files of a protocol are never changed; a new protocol gets a folder of its own.</remarks>
public sealed class GoldenMessagesTests
{
    private const string Folder = "CROSSPROVINCE_WRITE_GOLDENS";
    private const string File = "messages.json";
    private const int Deepest = 3;

    private static readonly string s_goldens = Path.Combine(AppContext.BaseDirectory, "goldens");
    private static readonly JsonSerializerOptions s_json = new() { WriteIndented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly FileDescriptor[] s_files =
    [
        CatalogueReflection.Descriptor, FederationReflection.Descriptor, LicencesReflection.Descriptor, OperationsReflection.Descriptor, PresentationReflection.Descriptor, VerificationReflection.Descriptor,
    ];

    private static IEnumerable<TestCaseData> Goldens =>
        from protocol in Directory.GetDirectories(s_goldens).Select(Path.GetFileName)
        from message in JsonNode.Parse(System.IO.File.ReadAllText(Path.Combine(s_goldens, protocol, File)))!.AsArray()
        select new TestCaseData(message).SetArgDisplayNames(protocol, (string)message["message"]!, $"{message["variant"]}");

    [TestCaseSource(nameof(Goldens))]
    public void Message_Golden_IsReadAndWrittenAsItWas(object golden)
    {
        var (name, bytes, json) = ((string)((JsonObject)golden)["message"]!, Convert.FromHexString((string)((JsonObject)golden)["bytes"]!), ((JsonObject)golden)["json"]!.ToJsonString());
        var descriptor = Messages().SingleOrDefault(message => message.FullName == name);
        Assert.That(descriptor, Is.Not.Null, $"There is no message {name} any more.");

        Assert.That(Format(descriptor!.Parser.ParseFrom(bytes)).ToJsonString(), Is.EqualTo(json), "what earlier nodes sent is read");
        Assert.That(JsonParser.Default.Parse(json, descriptor).ToByteArray(), Is.EqualTo(bytes), "and they get what they know");
    }

    // The check can see: a number that is another, or unknown, is not read as what it was.
    [TestCase("0A06313130303030" + "1004", "0A06313130303030" + "1804")]
    [TestCase("0A06313130303030" + "1004", "0A06313130303030" + "1204" + "31323334")]
    public void Message_WithAnotherField_IsNotReadAsItWas(string golden, string other) => Assert.That(
        Format(WatchStatusRequest.Parser.ParseFrom(Convert.FromHexString(golden))).ToJsonString(),
        Is.Not.EqualTo(Format(WatchStatusRequest.Parser.ParseFrom(Convert.FromHexString(other))).ToJsonString()));

    /// <summary>Wrote the file of a protocol, once.</summary>
    [Test, Explicit("The files are never changed.")]
    public void Write()
    {
        var messages = new JsonArray();
        foreach (var descriptor in Messages())
        {
            for (var variant = 0; variant < Variants(descriptor); variant++)
            {
                var message = Fill(descriptor, variant, 0);
                messages.Add(new JsonObject { ["message"] = descriptor.FullName, ["variant"] = variant, ["bytes"] = Convert.ToHexStringLower(message.ToByteArray()), ["json"] = Format(message) });
            }
        }

        System.IO.File.WriteAllText(Path.Combine(Environment.GetEnvironmentVariable(Folder)!, File), messages.ToJsonString(s_json) + "\n");
    }

    private static IEnumerable<MessageDescriptor> Messages() => s_files.SelectMany(file => file.MessageTypes).SelectMany(Nested);

    private static IEnumerable<MessageDescriptor> Nested(MessageDescriptor message) => message.NestedTypes.Where(nested => !nested.IsMapEntry).SelectMany(Nested).Prepend(message);

    private static JsonNode Format(IMessage message) => JsonNode.Parse(JsonFormatter.Default.Format(message))!;

    /// <summary>Of a choice of fields only one can be set: so many messages show them all.</summary>
    private static int Variants(MessageDescriptor message) => message.Oneofs.Where(choice => !choice.IsSynthetic).Select(choice => choice.Fields.Count).DefaultIfEmpty(1).Max();

    private static IMessage Fill(MessageDescriptor descriptor, int variant, int depth)
    {
        var message = descriptor.Parser.ParseFrom([]);
        foreach (var field in descriptor.Fields.InFieldNumberOrder())
        {
            var choice = field.RealContainingOneof;
            if ((choice is not null && choice.Fields[variant % choice.Fields.Count] != field) || (field.FieldType == FieldType.Message && depth == Deepest))
            {
                continue;
            }

            if (field.IsMap)
            {
                ((System.Collections.IDictionary)field.Accessor.GetValue(message)).Add(Value(field.MessageType.FindFieldByNumber(1), depth), Value(field.MessageType.FindFieldByNumber(2), depth));
            }
            else if (field.IsRepeated)
            {
                var list = (System.Collections.IList)field.Accessor.GetValue(message);
                list.Add(Value(field, depth));
                list.Add(Value(field, depth));
            }
            else
            {
                field.Accessor.SetValue(message, Value(field, depth));
            }
        }

        return message;
    }

    /// <summary>A value that is not the default, and another for each number.</summary>
    private static object Value(FieldDescriptor field, int depth) => field.FieldType switch
    {
        FieldType.String => $"文{field.FieldNumber}",
        FieldType.Bytes => ByteString.CopyFrom(0xFF, (byte)field.FieldNumber),
        FieldType.Bool => true,
        FieldType.Int32 => 70_000 + field.FieldNumber,
        FieldType.Int64 => (1L << 40) + field.FieldNumber,
        FieldType.Double => 0.5 + field.FieldNumber,
        FieldType.Enum => field.EnumType.Values[1 + (field.FieldNumber % (field.EnumType.Values.Count - 1))].Number,
        FieldType.Message when field.MessageType.FullName == "google.protobuf.Timestamp" => new Google.Protobuf.WellKnownTypes.Timestamp { Seconds = 1_800_000_000 + field.FieldNumber, Nanos = 5_000_000 },
        FieldType.Message => Fill(field.MessageType, 0, depth + 1),
        _ => throw new NotSupportedException($"{field.FullName} is of a type that no message had before: {field.FieldType}."),
    };
}
