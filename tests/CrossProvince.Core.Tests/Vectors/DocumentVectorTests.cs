using System.Formats.Cbor;
using System.IO.Compression;
using System.Text.Json.Nodes;
using CrossProvince.Core.Signatures;
using CrossProvince.Core.Status;
using CrossProvince.Core.Trust;

namespace CrossProvince.Core.Tests.Vectors;

/// <summary>The signed documents of tests/Vectors are taken and refused as they say.</summary>
public sealed class DocumentVectorTests
{
    private static IEnumerable<TestCaseData> TrustLists => CasesOf("trust-lists.json");

    private static IEnumerable<TestCaseData> Heads => CasesOf("heads.json");

    private static IEnumerable<TestCaseData> Batches => CasesOf("feed-batches.json");

    private static IEnumerable<TestCaseData> Chunks => CasesOf("chunks.json");

    private static IEnumerable<TestCaseData> Tokens => CasesOf("status-tokens.json");

    private static IEnumerable<TestCaseData> Receipts => CasesOf("receipts.json");

    [TestCaseSource(nameof(TrustLists))]
    public void TrustList_Vector_IsJudgedAsItSays(object vector) => Check(vector, typeof(TrustListException), (_, document) =>
    {
        var list = TrustListDocument.Open(document, VectorReader.Roots);
        return new JsonObject
        {
            ["version"] = list.Version,
            ["iat"] = list.IssuedAt,
            ["exp"] = list.ExpiresAt,
            ["catalogueHash"] = Hex(list.CatalogueHash),
            ["regions"] = new JsonArray([.. list.Regions.Select(region => new JsonObject
            {
                ["code"] = region.Code.ToString(),
                ["endpoint"] = region.ApiEndpoint,
                ["listBound"] = region.ListBound,
                ["keys"] = new JsonArray([.. region.Keys.Select(Describe)]),
            })]),
        };
    });

    [TestCaseSource(nameof(Heads))]
    public void Head_Vector_IsJudgedAsItSays(object vector) => Check(vector, typeof(StatusDocumentException), (given, document) =>
    {
        var head = StatusHeadDocument.Open(document, VectorReader.Federation, VectorWorld.Beijing, (long)given["now"]!);
        return new JsonObject { ["seq"] = head.Seq, ["hash"] = Hex(head.Hash), ["time"] = head.TimeMs, ["lists"] = HeadVectors.Lists(head) };
    });

    [TestCaseSource(nameof(Batches))]
    public void Batch_Vector_IsJudgedAsItSays(object vector) => Check(vector, typeof(StatusDocumentException), (given, document) =>
    {
        var batch = StatusFeedDocument.Open(document, VectorReader.Federation, VectorWorld.Beijing, VectorWorld.Now);
        var copy = given["copy"]!;
        return new JsonObject
        {
            ["order"] = batch.Compare((long)copy["seq"]!, VectorFiles.Hex(copy["hash"])).ToString().ToLowerInvariant(),
            ["fromSeq"] = batch.FromSeq,
            ["headHash"] = Hex(batch.HeadHash),
            ["records"] = new JsonArray([.. batch.Changes.Select(c => new JsonArray(c.Seq, c.TimeMs, c.List, c.Index, (int)c.Status, c.Tag.ToString(), (int)c.Reason))]),
        };
    });

    [TestCaseSource(nameof(Chunks))]
    public void Chunk_Vector_IsJudgedAsItSays(object vector) => Check(vector, typeof(StatusDocumentException), (given, document) =>
    {
        var chunk = StatusChunk.Open(document, (int)given["list"]!, (int)given["chunk"]!, VectorFiles.Hex(given["hash"]));
        var index = new RegionIndex(VectorWorld.Beijing, VectorWorld.ListBound);
        index.ReplaceChunk(chunk);
        var first = chunk.Chunk * StatusList.ChunkSize;
        return new JsonObject
        {
            ["entries"] = new JsonArray([.. Enumerable.Range(first, StatusList.ChunkSize)
                .Select(i => (Index: i, Entry: index.Find(chunk.List, i)))
                .Where(entry => entry.Entry != IndexEntry.Unallocated)
                .Select(entry => IndexVector.Entry(chunk.List, entry.Index, entry.Entry))]),
        };
    });

    [TestCaseSource(nameof(Tokens))]
    public void Token_Vector_IsJudgedAsItSays(object vector) => Check(vector, typeof(FormatException), (given, document) => ReadToken(document, (string)given["uri"]!, (long)given["now"]!));

    [TestCaseSource(nameof(Receipts))]
    public void Receipt_Vector_IsJudgedAsItSays(object vector) => Check(vector, typeof(StatusDocumentException), (given, document) =>
    {
        Assert.That(VerificationReceiptText.TryRead((string)given["text"]!, out var fromText), Is.True);
        Assert.That(fromText, Is.EqualTo(document));
        return Describe(VerificationReceiptDocument.Open(document, VectorReader.Federation, VectorWorld.Beijing, (long)given["now"]!));
    });

    [Test]
    public void Indexes_Vectors_SayWhatTheirDocumentsMake()
    {
        foreach (var vector in VectorFiles.Read("indexes.json")["indexes"]!.AsArray())
        {
            var (index, expected) = (VectorReader.Indexes[(string)vector!["id"]!], vector["expect"]!);
            Assert.That((index.Seq, index.AsOfMs, Hex(index.ChainHash)), Is.EqualTo(((long)expected["seq"]!, (long)expected["asOf"]!, (string)expected["hash"]!)));
            foreach (var entry in expected["entries"]!.AsArray())
            {
                var (list, at) = ((int)entry!["list"]!, (int)entry["index"]!);
                Assert.That(IndexVector.Entry(list, at, index.Find(list, at)).ToJsonString(), Is.EqualTo(entry.ToJsonString()));
            }
        }
    }

    // The token of the vectors is packed in another way than the node's, and says the same.
    [Test]
    public void Token_OfTheNode_SaysWhatTheVectorSays()
    {
        var (vector, list) = (VectorFiles.CasesOf("status-tokens.json").First(), IndexVector.All[0].Build().Snapshot.Lists[0]);
        var made = StatusListToken.Sign(list, TokenVectors.Uri, VectorWorld.Now - 1, VectorWorld.Now + 86_400, 60, VectorKeys.Of("beijing-index"));

        Assert.That(ReadToken(made, TokenVectors.Uri, VectorWorld.Now).ToJsonString(), Is.EqualTo(Content(vector).ToJsonString()));
    }

    private static IEnumerable<TestCaseData> CasesOf(string file) => VectorFiles.CasesOf(file).Select(vector => new TestCaseData(vector).SetArgDisplayNames((string)vector["id"]!));

    private static void Check(object vector, Type refusal, Func<JsonObject, byte[], JsonObject> read)
    {
        var given = (JsonObject)vector;
        var document = VectorFiles.Hex(given["document"]);
        if ((bool)given["expect"]!["accepted"]!)
        {
            Assert.That(read(given, document).ToJsonString(), Is.EqualTo(Content(given).ToJsonString()), (string)given["why"]!);
        }
        else
        {
            Assert.That(() => read(given, document), Throws.TypeOf(refusal), (string)given["why"]!);
        }
    }

    private static JsonObject Content(JsonObject vector)
    {
        var content = vector["expect"]!.DeepClone().AsObject();
        content.Remove("accepted");
        return content;
    }

    private static JsonObject Describe(TrustedKey key)
    {
        var json = new JsonObject { ["kid"] = key.Key.Id.ToString(), ["use"] = key.Use.ToString().ToLowerInvariant(), ["notBefore"] = key.NotBefore, ["notAfter"] = key.NotAfter };
        void Add(string name, JsonNode? value)
        {
            if (value is not null)
            {
                json[name] = value;
            }
        }

        Add("types", key.Types is { } types ? new JsonArray([.. types.Select(type => JsonValue.Create(type))]) : null);
        Add("retiredAt", key.RetiredAt);
        Add("compromisedAt", key.CompromisedAt);
        return json;
    }

    private static JsonObject Describe(VerificationReceipt receipt)
    {
        var json = new JsonObject
        {
            ["verificationId"] = receipt.VerificationId,
            ["time"] = receipt.TimeMs,
            ["verifier"] = receipt.Verifier,
            ["terminal"] = receipt.Terminal,
            ["verdict"] = (int)receipt.Verdict,
            ["trustVersion"] = receipt.TrustListVersion,
            ["disclosed"] = new JsonArray([.. receipt.Disclosed.Select(field => JsonValue.Create(field))]),
        };
        foreach (var (name, value) in new (string, JsonNode?)[]
        {
            ("issuer", receipt.Issuer?.ToString()), ("list", receipt.List), ("index", receipt.Index), ("scenario", receipt.Scenario), ("matter", receipt.Matter), ("asOf", receipt.AsOfMs),
            ("reason", receipt.Reason == 0 ? null : (int)receipt.Reason),
        })
        {
            if (value is not null)
            {
                json[name] = value;
            }
        }

        return json;
    }

    /// <summary>A third party's reader of tokens: this project only makes them.</summary>
    private static JsonObject ReadToken(byte[] document, string uri, long now)
    {
        const int MostBytes = 1 << 18;
        try
        {
            var outer = new CborReader(document, CborConformanceMode.Canonical);
            Require(outer.ReadTag() == (CborTag)18 && outer.ReadStartArray() == 4);
            var header = outer.ReadByteString();
            Require(outer.ReadStartMap() == 0);
            outer.ReadEndMap();
            var payload = outer.ReadByteString();
            var signature = outer.ReadByteString();
            outer.ReadEndArray();
            Require(outer.BytesRemaining == 0);

            var (kid, type) = ReadHeader(header);
            var keys = VectorReader.Federation.FindKeys(VectorWorld.Beijing, KeyId.FromBytes(kid), KeyUse.Index);
            Require(type == StatusListToken.MediaType && keys.Length == 1 && keys[0].MayVerifyAt(now));
            var results = new bool[1];
            new LibrarySignatureVerifier().VerifyMany([new SignedMessage(keys[0].Key, SigStructure.ForOne(header, [], payload), signature)], results);
            Require(results[0]);

            var (subject, expires, issued, timeToLive, bits, packed) = ReadClaims(payload);
            Require(subject == uri && now < expires && bits == 2);
            using var zlib = new ZLibStream(new MemoryStream(packed), CompressionMode.Decompress);
            var unpacked = new byte[MostBytes];
            var length = zlib.ReadAtLeast(unpacked, MostBytes, throwOnEndOfStream: false);
            var statuses = new JsonObject();
            for (var i = 0; i < length * 4; i++)
            {
                var status = (unpacked[i >> 2] >> (2 * (i & 3))) & 3;
                if (status != 3 || VectorLicence.All.Any(licence => licence.Region == VectorWorld.Beijing && licence.List == 0 && licence.Index == i))
                {
                    statuses[$"{i}"] = status;
                }
            }

            return new JsonObject { ["iat"] = issued, ["exp"] = expires, ["ttl"] = timeToLive, ["length"] = length * 4, ["statuses"] = statuses };
        }
        catch (Exception e) when (e is CborContentException or InvalidOperationException or InvalidDataException)
        {
            throw new FormatException(e.Message, e);
        }
    }

    private static (byte[] Kid, string Type) ReadHeader(byte[] header)
    {
        var reader = new CborReader(header, CborConformanceMode.Canonical);
        Require(reader.ReadStartMap() == 3 && reader.ReadInt32() == 1 && reader.ReadInt32() == -65537 && reader.ReadInt32() == 4);
        var kid = reader.ReadByteString();
        Require(reader.ReadInt32() == 16);
        return (kid, reader.ReadTextString());
    }

    private static (string Subject, long Expires, long Issued, int TimeToLive, int Bits, byte[] Packed) ReadClaims(byte[] payload)
    {
        var reader = new CborReader(payload, CborConformanceMode.Canonical);
        Require(reader.ReadStartMap() == 5 && reader.ReadInt32() == 2);
        var subject = reader.ReadTextString();
        Require(reader.ReadInt32() == 4);
        var expires = reader.ReadInt64();
        Require(reader.ReadInt32() == 6);
        var issued = reader.ReadInt64();
        Require(reader.ReadInt32() == 65533 && reader.ReadStartMap() == 2 && reader.ReadTextString() == "lst");
        var packed = reader.ReadByteString();
        Require(reader.ReadTextString() == "bits");
        var bits = reader.ReadInt32();
        reader.ReadEndMap();
        Require(reader.ReadInt32() == 65534);
        return (subject, expires, issued, reader.ReadInt32(), bits, packed);
    }

    private static string Hex(ReadOnlyMemory<byte> bytes) => Convert.ToHexStringLower(bytes.Span);

    private static void Require(bool holds)
    {
        if (!holds)
        {
            throw new FormatException();
        }
    }
}
