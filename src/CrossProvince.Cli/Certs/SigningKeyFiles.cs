using CrossProvince.Core.Signatures;

namespace CrossProvince.Cli.Certs;

/// <summary>Signing keys as pairs of files: <c>NAME.key.pem</c> and, beside it, <c>NAME.pub.pem</c>.</summary>
internal static class SigningKeyFiles
{
    /// <summary>Makes a key.</summary>
    /// <param name="path">Directory and name.</param>
    /// <param name="algorithm">What it signs with.</param>
    /// <param name="files">How to write.</param>
    internal static SoftwareSigner Make(string path, SignatureAlgorithm algorithm, OutputFiles files)
    {
        files.MustBeFree(path + ".key.pem", path + ".pub.pem");
        var pem = SoftwareSigner.Generate(algorithm);
        var signer = SoftwareSigner.FromPem(pem);
        files.WriteSecret(path + ".key.pem", pem);
        files.WritePublic(path + ".pub.pem", signer.PublicKey.ToPem());
        return signer;
    }

    /// <summary>Reads a private key.</summary>
    /// <exception cref="UsageException">The file is no private key.</exception>
    internal static SoftwareSigner ReadPrivate(string path) => Read(path, SoftwareSigner.FromPem);

    /// <summary>Reads a public key.</summary>
    /// <exception cref="UsageException">The file is no public key.</exception>
    internal static PublicKey ReadPublic(string path) => Read(path, PublicKey.FromPem);

    private static T Read<T>(string path, Func<string, T> parse)
    {
        try
        {
            return parse(File.ReadAllText(path));
        }
        catch (KeyFormatException e)
        {
            throw new UsageException($"{path} 不是可用的密钥：{e.Message}", $"{path}: {e.Message}");
        }
    }
}
