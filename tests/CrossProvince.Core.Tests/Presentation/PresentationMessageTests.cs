using CrossProvince.Core.Presentation;
using CrossProvince.Core.Signatures;
using CrossProvince.Core.Tests.Signatures;

namespace CrossProvince.Core.Tests.Presentation;

public sealed class PresentationMessageTests
{
    // A code without its signature, in pieces that the tests replace.
    private const string Start = "D284";
    private const string Header = "4DA2013A00010000044401020304";
    private const string Unprotected = "A0";
    private const string Claims = "0166313130303030 041A6AB139DA 061A6AB13980 07480123456789AB0003";
    private const string Numbers = "01 01 00 1A000BDE31 00";
    private const string Shown = "84 6141 6142 195875 F6";

    private static readonly SignatureAlgorithm[] s_algorithms = Enum.GetValues<SignatureAlgorithm>();

    [Test]
    public void TryDecode_Template_IsAccepted() => Assert.That(Decodes(Build()), Is.True);

    [TestCase("19FFFF 18FF 19FFFF 1A000FFFFF 03")]
    [TestCase("00 00 00 00 00")]
    [TestCase("17 17 17 17 01")]
    [TestCase("1818 1818 1818 1818 02")]
    [TestCase("190100 00 190100 190100 00")]
    [TestCase("00 00 00 19FFFF 00")]
    [TestCase("00 00 00 1A00010000 00")]
    public void TryDecode_NumbersInRangeAndShortest_AreAccepted(string numbers) => Assert.That(Decodes(Build(numbers: numbers)), Is.True);

    [TestCase("1A00010000 00 00 00 00", TestName = "TryDecode_TypeTooLarge_IsRefused")]
    [TestCase("1817 00 00 00 00", TestName = "TryDecode_TypeNotShortest_IsRefused")]
    [TestCase("1900FF 00 00 00 00", TestName = "TryDecode_TypeTwoBytesNotShortest_IsRefused")]
    [TestCase("1A0000FFFF 00 00 00 00", TestName = "TryDecode_TypeFourBytesNotShortest_IsRefused")]
    [TestCase("1B0000000000000001 00 00 00 00", TestName = "TryDecode_TypeEightBytes_IsRefused")]
    [TestCase("20 00 00 00 00", TestName = "TryDecode_TypeNegative_IsRefused")]
    [TestCase("F6 00 00 00 00", TestName = "TryDecode_TypeNull_IsRefused")]
    [TestCase("1C 00 00 00 00", TestName = "TryDecode_TypeReservedHead_IsRefused")]
    [TestCase("1F 00 00 00 00", TestName = "TryDecode_TypeIndefinite_IsRefused")]
    [TestCase("00 190100 00 00 00", TestName = "TryDecode_ScenarioTooLarge_IsRefused")]
    [TestCase("00 1817 00 00 00", TestName = "TryDecode_ScenarioNotShortest_IsRefused")]
    [TestCase("00 00 1A00010000 00 00", TestName = "TryDecode_ListTooLarge_IsRefused")]
    [TestCase("00 00 1900FF 00 00", TestName = "TryDecode_ListNotShortest_IsRefused")]
    [TestCase("00 00 00 1A00100000 00", TestName = "TryDecode_IndexTooLarge_IsRefused")]
    [TestCase("00 00 00 1A0000FFFF 00", TestName = "TryDecode_IndexNotShortest_IsRefused")]
    [TestCase("00 00 00 1AFFFFFFFF 00", TestName = "TryDecode_IndexFarTooLarge_IsRefused")]
    [TestCase("00 00 00 00 04", TestName = "TryDecode_PresenterUnknown_IsRefused")]
    [TestCase("00 00 00 00 1800", TestName = "TryDecode_PresenterNotShortest_IsRefused")]
    [TestCase("00 00 00 00 1818", TestName = "TryDecode_PresenterTooLarge_IsRefused")]
    [TestCase("00 00 00 00", TestName = "TryDecode_NumberMissing_IsRefused")]
    [TestCase("00 00 00 00 00 00", TestName = "TryDecode_NumberTooMuch_IsRefused")]
    public void TryDecode_Numbers_AreRefused(string numbers) => Assert.That(Decodes(Build(numbers: numbers)), Is.False);

    [TestCase("0166303130303030 041A6AB139DA 061A6AB13980 07480123456789AB0003", TestName = "TryDecode_RegionBelow100000_IsRefused")]
    [TestCase("016631313030303A 041A6AB139DA 061A6AB13980 07480123456789AB0003", TestName = "TryDecode_RegionNotDigits_IsRefused")]
    [TestCase("01653131303030 041A6AB139DA 061A6AB13980 07480123456789AB0003", TestName = "TryDecode_RegionOfFiveDigits_IsRefused")]
    [TestCase("0146313130303030 041A6AB139DA 061A6AB13980 07480123456789AB0003", TestName = "TryDecode_RegionAsBytes_IsRefused")]
    [TestCase("0166313130303030 041A0000FFFF 061A6AB13980 07480123456789AB0003", TestName = "TryDecode_ExpiryNotShortest_IsRefused")]
    [TestCase("0166313130303030 041A6AB139DA 061A0000FFFF 07480123456789AB0003", TestName = "TryDecode_IssueNotShortest_IsRefused")]
    [TestCase("0166313130303030 041B000000006AB139DA 061A6AB13980 07480123456789AB0003", TestName = "TryDecode_ExpiryOfEightBytes_IsRefused")]
    [TestCase("0166313130303030 04FA6AB139DA 061A6AB13980 07480123456789AB0003", TestName = "TryDecode_ExpiryAsFloat_IsRefused")]
    [TestCase("0166313130303030 061A6AB13980 041A6AB139DA 07480123456789AB0003", TestName = "TryDecode_KeysInOtherOrder_IsRefused")]
    [TestCase("0166313130303030 051A6AB139DA 061A6AB13980 07480123456789AB0003", TestName = "TryDecode_UnknownKey_IsRefused")]
    [TestCase("0166313130303030 041A6AB139DA 061A6AB13980 07470123456789AB00", TestName = "TryDecode_ShortShowing_IsRefused")]
    [TestCase("180166313130303030 041A6AB139DA 061A6AB13980 07480123456789AB0003", TestName = "TryDecode_KeyNotShortest_IsRefused")]
    public void TryDecode_Claims_AreRefused(string claims) => Assert.That(Decodes(Build(claims: claims)), Is.False);

    [TestCase("84 782F 414141414141414141414141414141414141414141414141414141414141414141414141414141414141414141414141414141 60 00 F6", false, TestName = "TryDecode_DisplayLengthWrong_IsRefused")]
    [TestCase("84 7830 414141414141414141414141414141414141414141414141414141414141414141414141414141414141414141414141 60 F6 F6", true, TestName = "TryDecode_DisplayOf54Bytes_IsAccepted")]
    [TestCase("84 7830 414141414141414141414141414141414141414141414141414141414141414141414141414141414141414141414141 6141 F6 F6", false, TestName = "TryDecode_DisplayOf55Bytes_IsRefused")]
    [TestCase("84 7831 41414141414141414141414141414141414141414141414141414141414141414141414141414141414141414141414141 60 F6 F6", false, TestName = "TryDecode_DisplayOfOneLongText_IsRefused")]
    [TestCase("84 61FF 6142 195875 F6", false, TestName = "TryDecode_DisplayNotUtf8_IsRefused")]
    [TestCase("84 6141 6142 195875 F6F6", false, TestName = "TryDecode_DisplayTooLong_IsRefused")]
    [TestCase("84 6141 6142 195875", false, TestName = "TryDecode_DisplayTooShort_IsRefused")]
    public void TryDecode_Display_IsJudged(string shown, bool expected) => Assert.That(Decodes(Build(shown: shown)), Is.EqualTo(expected));

    [TestCase("8443A1012604", "A0", TestName = "TryDecode_Untagged_IsRefused")]
    [TestCase("D2834DA2013A00010000044401020304", "A0", TestName = "TryDecode_ArrayOfThree_IsRefused")]
    [TestCase("D0844DA2013A00010000044401020304", "A0", TestName = "TryDecode_OtherTag_IsRefused")]
    [TestCase("D8128449A20128044401020304", "A0", TestName = "TryDecode_TagNotShortest_IsRefused")]
    [TestCase("D28449A20126044401020304", "A0", TestName = "TryDecode_Es256_IsRefused")]
    [TestCase("D28449A20127044401020304", "A0", TestName = "TryDecode_EdDsa_IsRefused")]
    [TestCase("D2844DA2013A00010001044401020304", "A0", TestName = "TryDecode_OtherPrivateAlgorithm_IsRefused")]
    [TestCase("D28449A2044401020304 0128", "A0", TestName = "TryDecode_HeaderInOtherOrder_IsRefused")]
    [TestCase("D28443A10128", "A0", TestName = "TryDecode_HeaderWithoutKeyId_IsRefused")]
    [TestCase("D28448A201280443010203", "A0", TestName = "TryDecode_ShortKeyId_IsRefused")]
    [TestCase("D2844DA2012804480102030405060708", "A0", TestName = "TryDecode_LongKeyId_IsRefused")]
    [TestCase("D28449A20128044401020304", "A1044401020304", TestName = "TryDecode_UnprotectedKeyId_IsRefused")]
    [TestCase("D28449A20128044401020304", "BFFF", TestName = "TryDecode_UnprotectedIndefinite_IsRefused")]
    [TestCase("D2845809A20128044401020304", "A0", TestName = "TryDecode_HeaderLengthNotShortest_IsRefused")]
    public void TryDecode_Headers_AreRefused(string startAndHeader, string unprotected)
    {
        Assert.That(Decodes(Build(start: "D284", header: "49A20128044401020304")), Is.True);
        Assert.That(Decodes(Build(start: startAndHeader, header: "", unprotected: unprotected)), Is.False);
    }

    [Test]
    public void TryDecode_PayloadLengthOtherThanContent_IsRefused([Range(0, 255)] int length)
    {
        var message = Build();
        var isTrue = message[18] == length;
        message[18] = (byte)length;
        Assert.That(Decodes(message), Is.EqualTo(isTrue));
    }

    [Test]
    public void TryDecode_CutShortOrLonger_IsRefused([ValueSource(nameof(s_algorithms))] SignatureAlgorithm algorithm)
    {
        var message = SampleCodes.TypicalOf(algorithm);
        Assert.Multiple(() =>
        {
            for (var length = 0; length < message.Length; length++)
            {
                Assert.That(Decodes(message[..length]), Is.False, $"{length} bytes");
            }

            Assert.That(Decodes([.. message, 0]), Is.False);
            Assert.That(Decodes([0, .. message]), Is.False);
        });
    }

    [Test]
    [CancelAfter(120_000)]
    public void TryDecodeAndVerify_AnyBitFlipped_NeverBothPass([ValueSource(nameof(s_algorithms))] SignatureAlgorithm algorithm, [Values] bool maximal, CancellationToken cancel)
    {
        var key = TestKeys.Of(algorithm).PublicKey;
        var message = maximal ? SampleCodes.MaximalOf(algorithm) : SampleCodes.TypicalOf(algorithm);
        Assert.That(SampleCodes.IsGood(message, key), Is.True);
        Assert.Multiple(() =>
        {
            for (var bit = 0; bit < message.Length * 8 && !cancel.IsCancellationRequested; bit++)
            {
                message[bit / 8] ^= (byte)(1 << (bit % 8));
                Assert.That(SampleCodes.IsGood(message, key), Is.False, $"bit {bit}");
                message[bit / 8] ^= (byte)(1 << (bit % 8));
            }
        });
        Assert.That(cancel.IsCancellationRequested, Is.False);
    }

    [Test]
    public void TryDecode_WhatItAccepts_IsWhatTheEncoderWrites()
    {
        // Every accepted single-byte change of a code must encode to the same bytes again: no two codes say the same.
        var message = SampleCodes.TypicalOf(SignatureAlgorithm.Esp256);
        var accepted = 0;
        Assert.Multiple(() =>
        {
            for (var at = 0; at < message.Length - 64; at++)
            {
                if (at is >= 8 and < 12)
                {
                    // The key id, which no signer has by choice.
                    continue;
                }

                for (var value = 0; value < 256; value++)
                {
                    var changed = (byte[])message.Clone();
                    changed[at] = (byte)value;
                    if (PresentationMessage.TryDecode(changed, out var decoded))
                    {
                        accepted++;
                        var again = PresentationEncoder.Encode(decoded.Claims, decoded.ReadDisplay(), TestKeys.P256);
                        if (!again.AsSpan(..^64).SequenceEqual(changed.AsSpan(..^64)))
                        {
                            Assert.Fail($"byte {at} = {value:x2}");
                        }
                    }
                }
            }
        });
        Assert.That(accepted, Is.GreaterThan(3000));
    }

    private static bool Decodes(byte[] message) => PresentationMessage.TryDecode(message, out _);

    private static byte[] Build(
        string start = Start, string header = Header, string unprotected = Unprotected, string claims = Claims, string numbers = Numbers, string shown = Shown)
    {
        var payload = FromHex("A5" + claims + "3A0001000086" + numbers + shown);
        return [.. FromHex(start + header + unprotected), 0x58, (byte)payload.Length, .. payload, 0x58, 0x40, .. new byte[64]];
    }

    private static byte[] FromHex(string hex) => Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));
}
