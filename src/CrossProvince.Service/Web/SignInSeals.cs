using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;

namespace CrossProvince.Service.Web;

/// <summary>Seals what a browser carries to an identity provider and back, so that another node of the region can receive it.</summary>
internal sealed class SignInSeals(PageKey key) : IDataProtectionProvider
{
    /// <summary>How long somebody may take to sign in.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(15);

    public IDataProtector CreateProtector(string purpose) => new Protector(key, $"sign-in/{purpose}");

    private sealed class Protector(PageKey key, string place) : IDataProtector
    {
        public IDataProtector CreateProtector(string purpose) => new Protector(key, $"{place}/{purpose}");

        public byte[] Protect(byte[] plaintext) => key.Seal(place, plaintext);

        public byte[] Unprotect(byte[] protectedData) => key.Open(place, protectedData, Patience) ?? throw new CryptographicException("This was not sealed here, or too long ago.");
    }
}
