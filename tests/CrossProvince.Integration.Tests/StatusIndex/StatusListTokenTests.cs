using System.Formats.Cbor;
using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using CrossProvince.Core.Signatures;
using CrossProvince.Integration.Tests.Nodes;
using CrossProvince.Service.Licences;
using Wire = CrossProvince.Contracts.Licences.V1;

namespace CrossProvince.Integration.Tests.StatusIndex;

/// <summary>Status list tokens, read by a decoder that knows only the draft (draft-ietf-oauth-status-list-21) and RFC 9052.</summary>
public sealed class StatusListTokenTests : FederationFixture
{
    private readonly Dictionary<Wire.LicenceStatus, StoredLicence> _licences = [];

    [TestCase(Wire.LicenceStatus.Valid, 0)]
    [TestCase(Wire.LicenceStatus.Revoked, 1)]
    [TestCase(Wire.LicenceStatus.Suspended, 2)]
    [TestCase(Wire.LicenceStatus.NotActive, 3)]
    public async Task Get_LicenceWithStatus_HasItInTheList(Wire.LicenceStatus status, int expected)
    {
        var licence = _licences[status];
        var token = Decode(await BytesAsync($"/v1/statuslists/110000/{licence.List}"));

        Assert.That(Entry(token.List, licence.Index), Is.EqualTo(expected));
    }

    [Test]
    public async Task Get_List_IsASignedTokenWithTheDraftsClaims()
    {
        var message = await BytesAsync("/v1/statuslists/110000/0");
        var token = Decode(message);
        var verified = new bool[1];
        new LibrarySignatureVerifier().VerifyMany(
            [new SignedMessage(Federation.Signer("110000/keys/index").PublicKey, SigStructure(token.Header, token.Payload), token.Signature)], verified);

        Assert.That(verified[0], Is.True);
        Assert.That(token.Type, Is.EqualTo("application/statuslist+cwt"));
        Assert.That(token.Subject, Is.EqualTo($"{Beijing.Api.ToString().TrimEnd('/')}/v1/statuslists/110000/0"));
        Assert.That(token.Bits, Is.EqualTo(2));
        Assert.That(token.Expires - token.IssuedAt, Is.EqualTo(600));
        Assert.That(token.TimeToLive, Is.EqualTo(60));
        Assert.That(DateTimeOffset.FromUnixTimeSeconds(token.IssuedAt), Is.EqualTo(Federation.Clock.GetUtcNow()).Within(TimeSpan.FromSeconds(60)));
    }

    [Test]
    public async Task Get_NeverAllocated_IsNotActive()
    {
        var token = Decode(await BytesAsync("/v1/statuslists/110000/0"));
        var taken = _licences.Values.Select(l => l.Index).ToHashSet();

        Assert.That(Enumerable.Range(0, 10_000).Where(i => !taken.Contains(i)).Select(i => Entry(token.List, i)), Is.All.EqualTo(3));
    }

    [Test]
    public async Task Get_KnownEntityTag_IsNotSentAgain()
    {
        var connection = Beijing.Connect("verifier");
        using var first = await connection.Http.GetAsync(new Uri("/v1/statuslists/110000/0", UriKind.Relative));
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/statuslists/110000/0");
        request.Headers.IfNoneMatch.Add(first.Headers.ETag!);
        using var second = await connection.Http.SendAsync(request);

        Assert.That(first.Content.Headers.ContentType, Is.EqualTo(new MediaTypeHeaderValue("application/statuslist+cwt")));
        Assert.That(first.Headers.CacheControl!.MaxAge, Is.EqualTo(TimeSpan.FromSeconds(60)));
        Assert.That(second.StatusCode, Is.EqualTo(HttpStatusCode.NotModified));
    }

    [TestCase("/v1/statuslists/110000/7")]
    [TestCase("/v1/statuslists/120000/0")]
    public async Task Get_ListThatIsNotSignedHere_Is404(string path)
    {
        var connection = Beijing.Connect("verifier");

        Assert.That((await connection.Http.GetAsync(new Uri(path, UriKind.Relative))).StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
    }

    [Test]
    public async Task Get_Nobody_Is401()
    {
        using var nobody = new Identity.RawChannel(Beijing, null);

        Assert.That((await nobody.Http.GetAsync(new Uri("/v1/statuslists/110000/0", UriKind.Relative))).StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
    }

    // The draft's own small vectors (standards: bits 1 and bits 2) hold the decoder to its layout.
    [TestCase("B9A3", 1, "1001110111000101")]
    [TestCase("C944F9", 2, "120301011233")]
    public void Entry_DraftsVector_IsRead(string bytes, int bits, string expected) => Assert.That(
        string.Concat(Enumerable.Range(0, expected.Length).Select(i => Entry(Convert.FromHexString(bytes), i, bits))), Is.EqualTo(expected));

    protected override async Task PrepareAsync()
    {
        var n = 0;
        foreach (var status in new[] { Wire.LicenceStatus.Valid, Wire.LicenceStatus.Revoked, Wire.LicenceStatus.Suspended, Wire.LicenceStatus.NotActive })
        {
            var licence = await Beijing.TakeAsync(TestLicences.IdentityCard(TestFederation.Beijing, ++n));
            _licences.Add(status, licence);
            if (status != Wire.LicenceStatus.Valid)
            {
                await Beijing.ChangeStatusAsync(licence.Record.Id.ToString(), status);
            }
        }

        await Federation.AdvanceAsync(TimeSpan.FromSeconds(1));
    }

    private async Task<byte[]> BytesAsync(string path)
    {
        var connection = Beijing.Connect("verifier");
        return await connection.Http.GetByteArrayAsync(new Uri(path, UriKind.Relative));
    }

    private static int Entry(ReadOnlySpan<byte> list, int index, int bits = 2) => (list[index * bits >> 3] >> ((index * bits) & 7)) & ((1 << bits) - 1);

    private static Token Decode(byte[] message)
    {
        var reader = new CborReader(message);
        Assert.That((ulong)reader.ReadTag(), Is.EqualTo(18));
        Assert.That(reader.ReadStartArray(), Is.EqualTo(4));
        var header = reader.ReadByteString();
        Assert.That(reader.ReadStartMap(), Is.Zero);
        reader.ReadEndMap();
        var payload = reader.ReadByteString();
        var signature = reader.ReadByteString();
        reader.ReadEndArray();
        var fields = Map(header);
        var claims = Map(payload);
        var list = (Dictionary<object, object>)claims[65533L];
        using var zlib = new ZLibStream(new MemoryStream((byte[])list["lst"]), CompressionMode.Decompress);
        using var inflated = new MemoryStream();
        zlib.CopyTo(inflated);
        return new Token(
            header, payload, signature, (string)fields[16L], (string)claims[2L], (long)claims[6L], (long)claims[4L], (long)claims[65534L], (long)list["bits"], inflated.ToArray());
    }

    private static Dictionary<object, object> Map(byte[] bytes) => (Dictionary<object, object>)Value(new CborReader(bytes));

    private static object Value(CborReader reader)
    {
        switch (reader.PeekState())
        {
            case CborReaderState.UnsignedInteger or CborReaderState.NegativeInteger:
                return reader.ReadInt64();
            case CborReaderState.TextString:
                return reader.ReadTextString();
            case CborReaderState.ByteString:
                return reader.ReadByteString();
            default:
                var map = new Dictionary<object, object>();
                reader.ReadStartMap();
                while (reader.PeekState() != CborReaderState.EndMap)
                {
                    map.Add(Value(reader), Value(reader));
                }

                reader.ReadEndMap();
                return map;
        }
    }

    private static byte[] SigStructure(byte[] header, byte[] payload)
    {
        var writer = new CborWriter();
        writer.WriteStartArray(4);
        writer.WriteTextString("Signature1");
        writer.WriteByteString(header);
        writer.WriteByteString([]);
        writer.WriteByteString(payload);
        writer.WriteEndArray();
        return writer.Encode();
    }

    private sealed record Token(
        byte[] Header, byte[] Payload, byte[] Signature, string Type, string Subject, long IssuedAt, long Expires, long TimeToLive, long Bits, byte[] List);
}
