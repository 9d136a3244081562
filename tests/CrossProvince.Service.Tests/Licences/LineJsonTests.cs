using System.Text;
using System.Text.Json;
using CrossProvince.Service.Licences;

namespace CrossProvince.Service.Tests.Licences;

/// <summary>Lines are read token by token exactly as the serializer reads them; where it refuses, its words are the answer.</summary>
public sealed class LineJsonTests
{
    private const string Line = """
        {"licence_id":"1.2","type_code":"11","number":"N1","holder":{"name":"于平","code":"C","code_type":"111"},"issuer":{"name":"局（样本）","code":"I"},"issued_on":"2024-08-25","valid_from":"2024-08-25","valid_until":null,"status":"valid","fields":{"sex":"男","a\u0062c":"x\"y\ud83d\ude00"},"guardians":[{"name":"李","code":"1","code_type":"111"},null],"agents":[]}
        """;

    private static readonly string[] s_pieces = ["\"", "{", "}", "[", "]", ",", ":", "null", "1", "true", " ", "\\", "\\ud800", "\"name\":\"x\",", "\"code_type\":null,", "\"number\":\"2\",", "//", "\uFEFF", "男"];

    [Test]
    public void TryRead_WholeLine_IsWhatTheSerializerReads()
    {
        Assert.That(Text(LineJson.TryRead(Encoding.UTF8.GetBytes(Line))!), Is.EqualTo(Text(LineJson.ReadSlowly(Line))));
        Assert.That(LineJson.Read(Line).Fields!["abc"], Is.EqualTo("x\"y\U0001F600"));
    }

    [TestCase("null", "")]
    [TestCase("", "")]
    [TestCase("{} {}", "")]
    [TestCase("{\"number\":\"1\",\"number\":\"2\"}", "number")]
    [TestCase("{\"colour\":\"1\"}", "colour")]
    [TestCase("{\"number\":5}", "number")]
    [TestCase("{\"issuer\":{\"code_type\":null}}", "issuer.code_type")]
    [TestCase("{\"holder\":{\"name\":\"1\",\"name\":\"2\"}}", "holder.name")]
    [TestCase("{\"fields\":{\"a\":\"1\",\"a\":\"2\"}}", "fields.a")]
    [TestCase("{\"fields\":{\"a\":{}}}", "fields.a")]
    [TestCase("{\"guardians\":{}}", "guardians")]
    [TestCase("{\"agents\":[5]}", "agents[0]")]
    public void Read_NotOfThisShape_IsRefusedByField(string line, string field) =>
        Assert.That(() => LineJson.Read(line), Throws.TypeOf<LineRefusedException>().With.Property("Field").EqualTo(field));

    // What is taken token by token the serializer takes as well, and finds the same in it; what it refuses is never taken.
    [Test]
    public void TryRead_LinesWithMistakes_TakesNothingThatTheSerializerRefuses()
    {
        var random = new Random(20261123);
        var (taken, refused) = (0, 0);
        for (var i = 0; i < 4_000; i++)
        {
            var line = Line;
            for (var mistakes = random.Next(1, 4); mistakes > 0; mistakes--)
            {
                var at = random.Next(line.Length);
                var length = random.Next(3) == 0 ? random.Next(Math.Min(20, line.Length - at)) : 0;
                line = string.Concat(line.AsSpan(0, at), random.Next(4) == 0 ? "" : s_pieces[random.Next(s_pieces.Length)], line.AsSpan(at + length));
            }

            if (LineJson.TryRead(Encoding.UTF8.GetBytes(line)) is { } read)
            {
                Assert.That(Text(read), Is.EqualTo(Text(LineJson.ReadSlowly(line))), line);
                taken++;
            }
            else
            {
                refused++;
            }
        }

        Assert.That(taken, Is.GreaterThan(100), "some mistakes leave a line of this shape");
        Assert.That(refused, Is.GreaterThan(1_000), "most do not");
    }

    private static string Text(LineJson line) => JsonSerializer.Serialize(line);
}
