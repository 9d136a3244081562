using System.Globalization;
using CrossProvince.Core.Identifiers;
using CsCheck;

namespace CrossProvince.Core.Tests.Identifiers;

public sealed class LicenceIdTests
{
    private const string TypeCode = "11100000000013127D001";
    private const string IssuerCode = "11110000000021135M";

    [TestCase("1.2.156.3005.2.11100000000013338W011.11110000000021135M.20230329701.003.Y")]
    [TestCase("1.2.156.3005.2.11100000000013338W011.11430000006122244L.20230000403.001.U")]
    [TestCase("1.2.156.3005.2.11100000000013338W032.11220000013544541J.2430599.001.F")]
    [TestCase("1.2.156.3005.2.11100000MB03271699022.340100.000000016.001.9")]
    [TestCase("1.2.156.3005.2.11100000000013338W009.11330105002500287C.2025052201.002.0")]
    public void TryParse_PublishedIdentifier_IsReadAndItsCheckHolds(string text)
    {
        Assert.That(LicenceId.TryParse(text, out var id), Is.True);
        Assert.That(id.HasCorrectCheck, Is.True);
        Assert.That(id.ToString(), Is.EqualTo(text));
        Assert.That(LicenceId.Create(id.TypeCode, id.IssuerCode, id.Serial, int.Parse(id.Version, CultureInfo.InvariantCulture)), Is.EqualTo(id));
    }

    [Test]
    public void TryParse_WrongCheckCharacter_IsReadAndItsCheckFails()
    {
        Assert.That(LicenceId.TryParse("1.2.156.3005.2.11100000000013661B006.113700000045046442.209FA4E88F9E4C878F3E9BED2CE7EA49.001.M", out var id), Is.True);
        Assert.That(id.HasCorrectCheck, Is.False);
        Assert.That(LicenceId.Create(id.TypeCode, id.IssuerCode, id.Serial, 1).Check, Is.EqualTo('D'));
    }

    [Test]
    public void TryParse_Identifier_GivesItsParts()
    {
        Assert.That(LicenceId.TryParse("1.2.156.3005.2.11100000MB03271699022.340100.000000016.001.9", out var id), Is.True);
        Assert.Multiple(() =>
        {
            Assert.That(id.TypeCode, Is.EqualTo("11100000MB03271699022"));
            Assert.That(id.IssuerCode, Is.EqualTo("340100"));
            Assert.That(id.Serial, Is.EqualTo("000000016"));
            Assert.That(id.Version, Is.EqualTo("001"));
            Assert.That(id.Check, Is.EqualTo('9'));
        });
    }

    [TestCase(null)]
    [TestCase("")]
    [TestCase("1.2.156.3005.2")]
    [TestCase("1.2.156.3005.2.")]
    [TestCase("1.2.156.3005.3.11100000MB03271699022.340100.000000016.001.9", TestName = "{m}(other root)")]
    [TestCase("1.2.156.3005.2.11100000MB0327169902.340100.000000016.001.9", TestName = "{m}(type of 20)")]
    [TestCase("1.2.156.3005.2.11100000MB0327169902A.340100.000000016.001.9", TestName = "{m}(type without its 3 digits)")]
    [TestCase("1.2.156.3005.2.11100000mb03271699022.340100.000000016.001.9", TestName = "{m}(lower case)")]
    [TestCase("1.2.156.3005.2.11100000MB03271699022.34010A.000000016.001.9", TestName = "{m}(issuer of 6 with a letter)")]
    [TestCase("1.2.156.3005.2.11100000MB03271699022.3401000.000000016.001.9", TestName = "{m}(issuer of 7)")]
    [TestCase("1.2.156.3005.2.11100000MB03271699022.340100..001.9", TestName = "{m}(no serial)")]
    [TestCase("1.2.156.3005.2.11100000MB03271699022.340100.00-16.001.9", TestName = "{m}(serial with a hyphen)")]
    [TestCase("1.2.156.3005.2.11100000MB03271699022.340100.000000016.01.9", TestName = "{m}(version of 2)")]
    [TestCase("1.2.156.3005.2.11100000MB03271699022.340100.000000016.001", TestName = "{m}(no check)")]
    [TestCase("1.2.156.3005.2.11100000MB03271699022.340100.000000016.001.", TestName = "{m}(empty check)")]
    [TestCase("1.2.156.3005.2.11100000MB03271699022.340100.000000016.001.99", TestName = "{m}(check of 2)")]
    [TestCase("1.2.156.3005.2.11100000MB03271699022.340100.000000016.001.9.", TestName = "{m}(trailing dot)")]
    [TestCase("1.2.156.3005.2.11100000MB03271699022.340100.000000016.001.9\n", TestName = "{m}(trailing line end)")]
    [TestCase(" 1.2.156.3005.2.11100000MB03271699022.340100.000000016.001.9", TestName = "{m}(leading space)")]
    [TestCase("1.2.156.3005.2.11100000MB0327169902\uFF12.340100.000000016.001.9", TestName = "{m}(full-width digit)")]
    public void TryParse_OtherStructure_IsRefused(string? text)
    {
        Assert.That(LicenceId.TryParse(text, out var id), Is.False);
        Assert.That(id, Is.EqualTo(default(LicenceId)));
        Assert.That(id.ToString(), Is.Empty);
        Assert.That(id.HasCorrectCheck, Is.False);
    }

    [TestCase("1", IssuerCode, "1", 1, "typeCode")]
    [TestCase(TypeCode, "1", "1", 1, "issuerCode")]
    [TestCase(TypeCode, IssuerCode, "", 1, "serial")]
    [TestCase(TypeCode, IssuerCode, "a", 1, "serial")]
    [TestCase(TypeCode, IssuerCode, "1", 0, "version")]
    [TestCase(TypeCode, IssuerCode, "1", 1000, "version")]
    public void Create_BadPart_ThrowsNamingIt(string typeCode, string issuerCode, string serial, int version, string part) =>
        Assert.That(() => LicenceId.Create(typeCode, issuerCode, serial, version), Throws.ArgumentException.With.Property("ParamName").EqualTo(part));

    [Test]
    public void Create_AnyParts_AreReadBackWithARightCheck() =>
        Gen.Select(Gen.String[Gen.Char["0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"], 1, 40], Gen.Int[1, 999]).Sample((serial, version) =>
        {
            var id = LicenceId.Create(TypeCode, IssuerCode, serial, version);
            return LicenceId.TryParse(id.ToString(), out var read) && read == id && read.HasCorrectCheck;
        });

    [Test]
    public void TryParse_AnyText_NeverThrows() => Gen.String.Sample(text => { _ = LicenceId.TryParse("1.2.156.3005.2." + text, out _); });
}
