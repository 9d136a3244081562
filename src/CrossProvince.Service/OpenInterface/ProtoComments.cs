using Google.Protobuf.Reflection;

namespace CrossProvince.Service.OpenInterface;

/// <summary>The comments of the protos, which the build embeds in the contracts: the same words for readers of both interfaces.</summary>
internal static class ProtoComments
{
    private static readonly Dictionary<string, string> s_comments = Read();

    /// <summary>The first paragraph of a comment, on one line; empty when there is none.</summary>
    /// <param name="fullName">Of a service, rpc, message, field, enum or value, such as <c>crossprovince.verification.v1.VERDICT_VALID</c>.</param>
    public static string Summary(string fullName) => Paragraphs(fullName).FirstOrDefault("");

    /// <summary>All paragraphs of a comment.</summary>
    /// <inheritdoc cref="Summary"/>
    public static IReadOnlyList<string> Paragraphs(string fullName) =>
        [.. s_comments.GetValueOrDefault(fullName, "").Split("\n\n", StringSplitOptions.RemoveEmptyEntries).Select(p => string.Join(' ', p.Split('\n', StringSplitOptions.TrimEntries)).Trim())];

    private static Dictionary<string, string> Read()
    {
        using var resource = typeof(Contracts.Verification.V1.Verification).Assembly.GetManifestResourceStream("protos.binpb")
            ?? throw new InvalidOperationException("The contracts were built without protos.binpb.");
        var comments = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var file in FileDescriptorSet.Parser.ParseFrom(resource).File)
        {
            // A path counts fields of FileDescriptorProto and positions in them: [4, 0, 2, 1] is the second field of the first message.
            foreach (var location in file.SourceCodeInfo.Location.Where(l => l.LeadingComments.Length > 0))
            {
                if (NameOf(file, [.. location.Path]) is { } name)
                {
                    comments[$"{file.Package}.{name}"] = string.Join('\n', location.LeadingComments.Split('\n').Select(line => line.Trim())).Trim();
                }
            }
        }

        return comments;
    }

    private static string? NameOf(FileDescriptorProto file, int[] path) => path switch
    {
        [FileDescriptorProto.MessageTypeFieldNumber, var i, .. var rest] => NameIn(file.MessageType[i], rest),
        [FileDescriptorProto.EnumTypeFieldNumber, var i] => file.EnumType[i].Name,

        // A value of an enum is named beside its enum, not in it.
        [FileDescriptorProto.EnumTypeFieldNumber, var i, EnumDescriptorProto.ValueFieldNumber, var j] => file.EnumType[i].Value[j].Name,
        [FileDescriptorProto.ServiceFieldNumber, var i] => file.Service[i].Name,
        [FileDescriptorProto.ServiceFieldNumber, var i, ServiceDescriptorProto.MethodFieldNumber, var j] => $"{file.Service[i].Name}.{file.Service[i].Method[j].Name}",
        _ => null,
    };

    private static string? NameIn(DescriptorProto message, int[] path) => path switch
    {
        [] => message.Name,
        [DescriptorProto.FieldFieldNumber, var i] => $"{message.Name}.{message.Field[i].Name}",
        [DescriptorProto.NestedTypeFieldNumber, var i, .. var rest] => NameIn(message.NestedType[i], rest) is { } inner ? $"{message.Name}.{inner}" : null,
        _ => null,
    };
}
