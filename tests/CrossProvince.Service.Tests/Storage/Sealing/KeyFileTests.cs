using System.Runtime.Versioning;
using CrossProvince.Service.Hosting;
using CrossProvince.Service.Storage.Sealing;

namespace CrossProvince.Service.Tests.Storage.Sealing;

[UnsupportedOSPlatform("windows")]
public sealed class KeyFileTests
{
    private const string Aes = "seal 1 AES-256-GCM AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    private const string Hmac = "look-up 1 HMAC-SHA-256 AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

    private string _folder = "";

    private string KeysFile => Path.Combine(_folder, "storage.keys");

    [SetUp]
    public void MakeFolder() => _folder = Directory.CreateTempSubdirectory("crossprovince-").FullName;

    [TearDown]
    public void RemoveFolder() => Directory.Delete(_folder, recursive: true);

    [TestCase($"{Aes} current\n{Hmac} current")]
    [TestCase($"# keys\r\n\r\n  {Aes}   current \r\n{Hmac}\tcurrent\r\n")]
    [TestCase($"{Aes} current; {Hmac} current;")]
    public void Parse_TwoKeys_AreBoth(string text)
    {
        var ring = KeyFile.Parse(text, "Storage:Keys");

        Assert.That((ring.Current.Id, ring.CurrentLookUp.Id, ring.Current.Algorithm), Is.EqualTo(("1", "1", SealingAlgorithm.Aes256Gcm)));
    }

    [TestCase("", "has 0 current 'seal' keys")]
    [TestCase($"{Aes}\n{Hmac} current", "has 0 current 'seal' keys")]
    [TestCase($"{Aes} current", "has 0 current 'look-up' keys")]
    [TestCase($"{Aes} current\nseal 2 SM4-GCM AAECAwQFBgcICQoLDA0ODw== current\n{Hmac} current", "has 2 current 'seal' keys")]
    [TestCase($"# keys\n{Aes} now", "in line 2: write 'seal' or 'look-up'")]
    [TestCase("seal 1 AES-256-GCM", "in line 1: write 'seal' or 'look-up'")]
    [TestCase("seal 1 DES AAECAwQFBgcICQoLDA0ODw==", "in line 1: it begins with 'seal' and has AES-256-GCM or SM4-GCM")]
    [TestCase("look-up 1 AES-256-GCM AAECAwQFBgcICQoLDA0ODw==", "in line 1: it begins with")]
    [TestCase("seal 1 AES-256-GCM AAECAwQFBgcICQoLDA0ODw==", "in line 1: the key is not 32 bytes in Base64")]
    [TestCase("seal 1 SM4-GCM AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", "in line 1: the key is not 16 bytes")]
    [TestCase("seal 1 AES-256-GCM geheim", "in line 1: the key is not 32 bytes")]
    [TestCase("seal kö AES-256-GCM AAECAwQFBgcICQoLDA0ODw==", "in line 1: an id is 1 to 32 letters")]
    [TestCase("seal 123456789012345678901234567890123 AES-256-GCM AAECAwQFBgcICQoLDA0ODw==", "in line 1: an id is 1 to 32 letters")]
    [TestCase($"{Aes} current\n{Aes}", "in line 2: another data key is called '1'")]
    [TestCase($"{Hmac} current\n{Aes} current\n{Hmac}", "in line 3: another look-up key is called '1'")]
    public void Parse_Wrong_SaysLineAndRepeatsNoKey(string text, string saying)
    {
        var failure = Assert.Throws<ConfigurationException>(() => KeyFile.Parse(text, "Storage:KeyFile"))!;

        Assert.That(failure.Message, Does.StartWith("Storage:KeyFile ").And.Contain(saying));
        Assert.That(failure.Message, Does.Not.Contain("AAEC").And.Not.Contain("geheim"));
    }

    [Test]
    public void NewKey_NoFile_MakesOneThatOnlyItsUserReads()
    {
        Assert.That(StorageMaintenance.NewKey(new NewStorageKey(KeysFile)), Is.EqualTo("1"));

        var ring = KeyFile.Read(KeysFile);
        Assert.That((ring.Current.Id, ring.CurrentLookUp.Id, ring.DataKeys.Count, ring.LookUpKeys.Count), Is.EqualTo(("1", "1", 1, 1)));
        Assert.That(File.GetUnixFileMode(KeysFile), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
    }

    [Test]
    public void NewKey_Again_IsAddedAndNotCurrentUnlessAsked()
    {
        StorageMaintenance.NewKey(new NewStorageKey(KeysFile));
        var value = KeyFile.Read(KeysFile).Seal(SealedPlace.Licence(1), [1, 2, 3]);

        Assert.That(StorageMaintenance.NewKey(new NewStorageKey(KeysFile) { UseSm = true }), Is.EqualTo("2"));
        Assert.That((KeyFile.Read(KeysFile).Current.Id, KeyFile.Read(KeysFile).DataKeys.Count), Is.EqualTo(("1", 2)));
        Assert.That(StorageMaintenance.NewKey(new NewStorageKey(KeysFile) { Id = "2026-11", MakeCurrent = true }), Is.EqualTo("2026-11"));
        Assert.That(StorageMaintenance.NewKey(new NewStorageKey(KeysFile) { IsLookUp = true, MakeCurrent = true }), Is.EqualTo("2"));

        var ring = KeyFile.Read(KeysFile);
        Assert.That((ring.Current.Id, ring.CurrentLookUp.Id, ring.DataKeys.Count, ring.LookUpKeys.Count), Is.EqualTo(("2026-11", "2", 3, 2)));
        Assert.That(ring.Open(SealedPlace.Licence(1), value), Is.EqualTo(new byte[] { 1, 2, 3 }), "Nothing that was there is lost.");
        Assert.That(File.GetUnixFileMode(KeysFile), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
    }

    [TestCase("1", "another data key is called '1'")]
    [TestCase("no id", "is 1 to 32 letters")]
    public void NewKey_BadId_LeavesTheFileAsItWas(string id, string saying)
    {
        StorageMaintenance.NewKey(new NewStorageKey(KeysFile));
        var before = File.ReadAllText(KeysFile);

        Assert.That(() => StorageMaintenance.NewKey(new NewStorageKey(KeysFile) { Id = id }), Throws.TypeOf<ConfigurationException>().With.Message.Contains(saying));
        Assert.That(File.ReadAllText(KeysFile), Is.EqualTo(before));
    }

    [TestCase(UnixFileMode.OtherRead, false)]
    [TestCase(UnixFileMode.OtherWrite, false)]
    [TestCase(UnixFileMode.GroupWrite, false)]
    [TestCase(UnixFileMode.GroupRead, true)]
    public void Read_OpenToOthers_IsRefused(UnixFileMode more, bool isRead)
    {
        StorageMaintenance.NewKey(new NewStorageKey(KeysFile));
        File.SetUnixFileMode(KeysFile, UnixFileMode.UserRead | UnixFileMode.UserWrite | more);

        Assert.That(() => KeyFile.Read(KeysFile), isRead ? Throws.Nothing : Throws.TypeOf<ConfigurationException>().With.Message.Contains("which others can read or write"));
    }

    [Test]
    public void Read_NotThere_SaysHowToMakeIt() =>
        Assert.That(() => KeyFile.Read(KeysFile), Throws.TypeOf<ConfigurationException>().With.Message.Contains($"'crossprovince storage new-key --file {KeysFile}'"));
}
