using System.Text;
using CrossProvince.Core.Signatures;

namespace CrossProvince.Core.Tests.Signatures;

public sealed class Sm3Tests
{
    [TestCase("", "1ab21d8355cfa17f8e61194831e81a8f22bec8c728fefb747ed035eb5082aa2b")]
    [TestCase("abc", "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0")]
    [TestCase("abcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcd", "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732")]
    public void Hash_PublishedVector_Agrees(string text, string expected)
    {
        var hash = new byte[Sm3.HashSize];
        Sm3.Hash(Encoding.ASCII.GetBytes(text), hash);
        Assert.That(Convert.ToHexStringLower(hash), Is.EqualTo(expected));
        Assert.That(Sm3.Hash(Encoding.ASCII.GetBytes(text)), Is.EqualTo(hash));
    }
}
