using System.Text;
using CrossProvince.Core.Presentation;
using CrossProvince.Core.Signatures;
using CrossProvince.Core.Tests.Signatures;
using CrossProvince.Core.Verification;

namespace CrossProvince.Core.Tests.Presentation;

public sealed class PresentationTextTests
{
    // Made once with the keys of TestKeys; must be read and verified by every later version.
    private const string FrozenSm2 =
        "CP12KCE3IQBHIAACAAAARCMS7AXJKQFQTVFAFTDCMJQGAYDABA2NKYTXWQGDJVLCO4AA5EACI2FM6E2WAADHIAACAAAQYAQCAA2A"
        + "AF54MIAQRT6LPFAFLTJRDTSGEVCUKRKFIVCUKRKFIVCUKRKFIVFQGKYOX3FQQHQUQMKQEFHCNMOVIWLC2773624I2FH2PUEH6Z4L"
        + "JCJDBGOMCZ7KEQTE2K4SPETMLW7KZE5WDV4IVR7XET57LNO3EIR3EA7QGRUW6FV6";
    private const string FrozenEsp256 =
        "CP12KCETIQBFACEIWT2PDGKAWCOUUAWMMJRGAYDAMAEDJVLCO62AYNGVMJ3QADUQAJDIVTYTKYAAM5AAAIAACDACAIADIAAXXRRA"
        + "CCGPZN4UAVONGEOOIYSUKRKFIVCUKRKFIVCUKRKFIVCUWAZLB27MWCAFTBQD3IIB56AK5A3GGOTBUPYYILG2RTDA4JNUG7NVLCAZ"
        + "YYRQSFSBU2QD4NODTW5HCTPXCLIQBEOWQ5TQKQ5TVF3VHMOIUG62MDTJKQ";

    private static readonly SignatureAlgorithm[] s_algorithms = Enum.GetValues<SignatureAlgorithm>();
    private static readonly string s_code = PresentationText.Write(SampleCodes.TypicalOf(SignatureAlgorithm.Sm2));
    private static readonly string s_other = PresentationText.Write(SampleCodes.TypicalOf(SignatureAlgorithm.Sm2));

    [TestCase(SignatureAlgorithm.Sm2, FrozenSm2)]
    [TestCase(SignatureAlgorithm.Esp256, FrozenEsp256)]
    public void Read_FrozenCode_StillVerifies(SignatureAlgorithm algorithm, string text)
    {
        Assert.That(Read(text, out var message), Is.EqualTo(Verdict.Valid));
        Assert.That(SampleCodes.IsGood(message, TestKeys.Of(algorithm).PublicKey), Is.True);
        Assert.That(PresentationMessage.TryDecode(message, out var decoded), Is.True);
        Assert.That(decoded.Claims, Is.EqualTo(SampleCodes.Typical));
        Assert.That(decoded.ReadDisplay(), Is.EqualTo(SampleCodes.TypicalDisplay));
        Assert.That(PresentationText.Write(message), Is.EqualTo(text));
    }

    [Test]
    public void Write_Code_IsBareUpperCase([ValueSource(nameof(s_algorithms))] SignatureAlgorithm algorithm)
    {
        Assert.That(PresentationText.Write(SampleCodes.TypicalOf(algorithm)), Does.Match("^CP12KCE[A-Z2-7]+$"));
        Assert.That(PresentationText.Write(SampleCodes.MaximalOf(algorithm)), Does.Match("^CP12KCE[A-Z2-7]+$").And.Length.LessThanOrEqualTo(307));
    }

    [TestCase("", "")]
    [TestCase("f", "MY")]
    [TestCase("fo", "MZXQ")]
    [TestCase("foo", "MZXW6")]
    [TestCase("foob", "MZXW6YQ")]
    [TestCase("fooba", "MZXW6YTB")]
    [TestCase("foobar", "MZXW6YTBOI")]
    public void Write_VectorsOfRfc4648_Agree(string bytes, string base32) =>
        Assert.That(PresentationText.Write(Encoding.ASCII.GetBytes(bytes)), Is.EqualTo("CP1" + base32));

    [Test]
    public void Read_CodeOfAnyLength_GivesItsBytes()
    {
        for (var name = 0; name < 49; name++)
        {
            var message = PresentationEncoder.Encode(SampleCodes.Typical, Display.Fit(new string('A', name), "", null, null), TestKeys.P256);
            Assert.That(Read(PresentationText.Write(message), out var read), Is.EqualTo(Verdict.Valid));
            Assert.That(read, Is.EqualTo(message));
        }
    }

    [Test]
    public void Read_DamagedAsScannersDo_IsTheCode()
    {
        var middle = s_code.Length / 2;
        var wide = new string([.. s_code.Select(c => (char)(c + 0xFEE0))]);
        string[] scans =
        [
            s_code + "\r\n",
            "\t" + s_code + "\t",
            "\uFEFF" + s_code,
#pragma warning disable CA1308 // a keyboard wedge with the wrong shift state
            s_code.ToLowerInvariant(),
            new([.. s_code.ToLowerInvariant().Select(c => (char)(c + 0xFEE0))]),
#pragma warning restore CA1308
            wide,
            string.Join(' ', s_code.Chunk(4).Select(c => new string(c))),
            string.Join("\u00A0\u200B\u3000\uFEFF\u0000\u001D\u007F\u0085\u009F", s_code.Chunk(40).Select(c => new string(c))),
            s_code[..middle] + "\n" + s_code[middle..],
            "C\nP\n1" + s_code[3..],
            "HTTPS://VERIFY.EXAMPLE/V/" + s_code,
            "https://verify.example/v/" + s_code + "?from=camera",
            "https://cp1.example/v/" + s_code,
            s_code + s_code,
            s_code + "\r" + s_code + "\r" + s_code,
            s_code[..30] + s_code,
            s_code + s_code[..30],
            s_code[..30] + s_code[..200] + s_code + s_code[..100],
            "CP1" + s_code,
            s_code + "CP1",
            s_code + ",CP1HELLO",
            "CP1HELLO" + s_code,
            "CP1HELLO CP2 " + s_code,
            "亮证码：" + s_code + "。",
            s_code + "=====",
            s_code + "亮",
            s_code + "\uD842",
        ];
        Assert.Multiple(() =>
        {
            foreach (var scan in scans)
            {
                Assert.That(Read(scan, out var message), Is.EqualTo(Verdict.Valid), scan);
                Assert.That(PresentationText.Write(message), Is.EqualTo(s_code), scan);
            }
        });
    }

    [Test]
    public void Read_TwoCodes_IsMalformed()
    {
        Assert.Multiple(() =>
        {
            Assert.That(Read(s_code + s_other, out _), Is.EqualTo(Verdict.Malformed));
            Assert.That(Read(s_code + "\n" + s_other, out _), Is.EqualTo(Verdict.Malformed));
            Assert.That(Read(s_code + s_other + s_code, out _), Is.EqualTo(Verdict.Malformed));
            Assert.That(Read(s_code[..^10] + s_other[..^5], out _), Is.EqualTo(Verdict.Malformed));
        });
    }

    [TestCase("", Verdict.Malformed)]
    [TestCase("   ", Verdict.Malformed)]
    [TestCase("hello", Verdict.Malformed)]
    [TestCase("CP", Verdict.Malformed)]
    [TestCase("1CP", Verdict.Malformed)]
    [TestCase("CPX", Verdict.Malformed)]
    [TestCase("6901234567892", Verdict.Malformed)]
    [TestCase("CP1ABCDEFGH", Verdict.Malformed)]
    [TestCase("CP12KCF", Verdict.Malformed)]
    [TestCase("CP10", Verdict.Truncated)]
    [TestCase("CP1", Verdict.Truncated)]
    [TestCase("cp1", Verdict.Truncated)]
    [TestCase("CP1CP1", Verdict.Truncated)]
    [TestCase("CP12", Verdict.Truncated)]
    [TestCase("CP12KCE", Verdict.Truncated)]
    [TestCase("CP12KC!", Verdict.Truncated)]
    [TestCase("CP2", Verdict.UnsupportedVersion)]
    [TestCase("cp9ABC", Verdict.UnsupportedVersion)]
    [TestCase("CP0", Verdict.UnsupportedVersion)]
    [TestCase("ＣＰ２", Verdict.UnsupportedVersion)]
    [TestCase("C P 2", Verdict.UnsupportedVersion)]
    [TestCase("HTTPS://A/V/CP22KCE", Verdict.UnsupportedVersion)]
    [TestCase("CP1HELLOCP2ABC", Verdict.UnsupportedVersion)]
    [TestCase("CPCP3", Verdict.UnsupportedVersion)]
    [TestCase("CP2CP1", Verdict.Truncated)]
    [TestCase("CP²", Verdict.Malformed)]
    [TestCase("CP٢", Verdict.Malformed)]
    [TestCase("ſp1", Verdict.Malformed)]
    public void Read_OtherText_IsToldApart(string text, Verdict expected)
    {
        Assert.That(Read(text, out var message), Is.EqualTo(expected));
        Assert.That(message, Is.Empty);
    }

    [Test]
    public void Read_TooLongAScan_IsMalformed()
    {
        Assert.That(Read(s_code.PadRight(PresentationText.MaxRawCharacters), out _), Is.EqualTo(Verdict.Valid));
        Assert.That(Read(s_code.PadRight(PresentationText.MaxRawCharacters + 1), out _), Is.EqualTo(Verdict.Malformed));
    }

    [Test]
    public void Read_CutAnywhere_IsTruncated([ValueSource(nameof(s_algorithms))] SignatureAlgorithm algorithm, [Values] bool maximal)
    {
        var text = PresentationText.Write(maximal ? SampleCodes.MaximalOf(algorithm) : SampleCodes.TypicalOf(algorithm));
        Assert.Multiple(() =>
        {
            for (var length = 3; length < text.Length; length++)
            {
                Assert.That(Read(text[..length], out var message), Is.EqualTo(Verdict.Truncated), $"{length} characters");
                Assert.That(message, Is.Empty);
            }
        });
    }

    [Test]
    public void Read_CutAndDamagedBefore_IsMalformed()
    {
        // Characters of the fixed part: up to the region, beside those of the key id and of the payload's length.
        foreach (var at in new[] { 7, 8, 10, 12, 14, 20, 29, 30, 34, 35, 37 })
        {
            var damaged = s_code[..at] + (s_code[at] == 'A' ? '7' : 'A') + s_code[(at + 1)..^20];
            Assert.That(Read(damaged, out _), Is.EqualTo(Verdict.Malformed), $"character {at}");
        }
    }

    [Test]
    public void Read_LongerThanAnnounced_IsMalformed([ValueSource(nameof(s_algorithms))] SignatureAlgorithm algorithm, [Values] bool maximal)
    {
        var text = PresentationText.Write(maximal ? SampleCodes.MaximalOf(algorithm) : SampleCodes.TypicalOf(algorithm));
        for (var more = 1; more < 40; more++)
        {
            Assert.That(Read(text + new string('A', more), out _), Is.EqualTo(Verdict.Malformed), $"{more} more");
        }
    }

    [Test]
    public void Read_TrailingBitsSet_IsMalformed()
    {
        for (var name = 0; name < 8; name++)
        {
            var message = PresentationEncoder.Encode(SampleCodes.Typical, Display.Fit(new string('A', name), "", null, null), TestKeys.P256);
            var text = PresentationText.Write(message);
            const string alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
            var last = alphabet.IndexOf(text[^1], StringComparison.Ordinal);
            var spare = ((text.Length - 3) * 5) - (message.Length * 8);
            for (var bits = 1; bits < 1 << spare; bits++)
            {
                Assert.That(Read(text[..^1] + alphabet[last | bits], out _), Is.EqualTo(Verdict.Malformed));
            }
        }
    }

    [Test]
    public void Read_PlaceTooSmall_Throws() =>
        Assert.That(() => PresentationText.Read(s_code, new byte[PresentationMessage.MaxBytes - 1], out _), Throws.ArgumentException);

    [Test]
    public void ReadAndDecode_Anything_AllocatesNothing()
    {
        var buffer = new byte[PresentationMessage.MaxBytes];
        var toBeSigned = new byte[PresentationMessage.MaxToBeSignedBytes];
        string[] texts = [s_code, s_code[..100], s_code + s_other, "CP2", "hello", s_code + "A", "https://cp1.example/" + s_code];
        long Measure()
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            foreach (var text in texts)
            {
                if (PresentationText.Read(text, buffer, out var length) == Verdict.Valid && PresentationMessage.TryDecode(buffer.AsMemory(0, length), out var decoded))
                {
                    decoded.WriteToBeSigned(toBeSigned);
                    _ = decoded.Claims.Region.Value + decoded.DisplayBytes.Length + decoded.Signature.Length;
                }
            }

            return GC.GetAllocatedBytesForCurrentThread() - before;
        }

        Measure();
        Assert.That(Measure(), Is.Zero);
    }

    private static Verdict Read(string text, out byte[] message)
    {
        var buffer = new byte[PresentationMessage.MaxBytes];
        var verdict = PresentationText.Read(text, buffer, out var length);
        message = buffer[..length];
        return verdict;
    }
}
