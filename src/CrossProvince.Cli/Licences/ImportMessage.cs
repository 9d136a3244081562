using CrossProvince.Contracts.Licences.V1;
using Google.Protobuf;
using Grpc.Core;

namespace CrossProvince.Cli.Licences;

/// <summary>One message of an import, on the wire an <see cref="ImportLicencesRequest"/>: its lines stay the bytes that the file has, for they are UTF-8 there and here.</summary>
internal sealed class ImportMessage
{
    private const int LongestVarint = 10;
    private static readonly uint s_lineTag = WireFormat.MakeTag(ImportLicencesRequest.LinesFieldNumber, WireFormat.WireType.LengthDelimited);
    private static readonly uint s_numberTag = WireFormat.MakeTag(ImportLicencesRequest.FirstLineNumberFieldNumber, WireFormat.WireType.Varint);

    private static readonly Method<ImportMessage, ImportLicencesResponse> s_method = new(
        MethodType.DuplexStreaming,
        LicenceService.Descriptor.FullName,
        nameof(LicenceService.LicenceServiceClient.ImportLicences),
        Marshallers.Create<ImportMessage>((message, context) => message.Write(context), _ => throw new NotSupportedException()),
        Marshallers.Create<ImportLicencesResponse>((_, _) => throw new NotSupportedException(), context => ImportLicencesResponse.Parser.ParseFrom(context.PayloadAsReadOnlySequence())));

    private readonly List<byte[]> _lines = [];

    /// <summary>Number of the first line in the file, from 1.</summary>
    public required long FirstLineNumber { get; init; }

    /// <summary>How many lines it has.</summary>
    public int Count => _lines.Count;

    /// <summary>Bytes of its lines.</summary>
    public int Bytes { get; private set; }

    /// <summary>Begins an import.</summary>
    public static AsyncDuplexStreamingCall<ImportMessage, ImportLicencesResponse> Call(CallInvoker node, CancellationToken cancellationToken) =>
        node.AsyncDuplexStreamingCall(s_method, host: null, new CallOptions(cancellationToken: cancellationToken));

    /// <summary>Adds the next line.</summary>
    /// <param name="line">UTF-8.</param>
    public void Add(byte[] line)
    {
        _lines.Add(line);
        Bytes += line.Length;
    }

    private void Write(SerializationContext context)
    {
        var length = LengthOf(s_numberTag) + LengthOf((ulong)FirstLineNumber) + Bytes;
        foreach (var line in _lines)
        {
            length += LengthOf(s_lineTag) + LengthOf((ulong)line.Length);
        }

        context.SetPayloadLength(length);
        var writer = context.GetBufferWriter();
        foreach (var line in _lines)
        {
            var to = writer.GetSpan((2 * LongestVarint) + line.Length);
            var at = WriteVarint(to, s_lineTag);
            at += WriteVarint(to[at..], (ulong)line.Length);
            line.CopyTo(to[at..]);
            writer.Advance(at + line.Length);
        }

        var last = writer.GetSpan(2 * LongestVarint);
        var written = WriteVarint(last, s_numberTag);
        writer.Advance(written + WriteVarint(last[written..], (ulong)FirstLineNumber));
        context.Complete();
    }

    private static int LengthOf(ulong value) => CodedOutputStream.ComputeUInt64Size(value);

    private static int WriteVarint(Span<byte> to, ulong value)
    {
        var at = 0;
        for (; value >= 0x80; value >>= 7)
        {
            to[at++] = (byte)(value | 0x80);
        }

        to[at] = (byte)value;
        return at + 1;
    }
}
