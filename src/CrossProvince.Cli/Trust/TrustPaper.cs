using System.Security.Cryptography;
using CrossProvince.Cli.Certs;
using CrossProvince.Core.Signatures;
using CrossProvince.Core.Trust;

namespace CrossProvince.Cli.Trust;

/// <summary>A file of the ceremony: a trust list or a change of roots, as a draft that nobody has signed, or with signatures, which are not judged here.</summary>
internal sealed class TrustPaper
{
    /// <summary>How a COSE_Sign begins: tag 98, an array of 4, an empty byte string.</summary>
    private static readonly byte[] s_signed = [0xD8, 0x62, 0x84, 0x40];

    private TrustPaper(string path, ReadOnlyMemory<byte> bytes, bool isSigned, ReadOnlyMemory<byte> payload, TrustList? list, RootChange? change) =>
        (Path, Bytes, IsSigned, Payload, List, Change) = (path, bytes, isSigned, payload, list, change);

    internal string Path { get; }

    internal ReadOnlyMemory<byte> Bytes { get; }

    internal bool IsSigned { get; }

    /// <summary>What is signed: in a draft the whole file.</summary>
    internal ReadOnlyMemory<byte> Payload { get; }

    /// <summary>Null for a change of roots.</summary>
    internal TrustList? List { get; }

    /// <summary>Null for a trust list.</summary>
    internal RootChange? Change { get; }

    /// <summary>What people at different machines compare: whether they look at the same content.</summary>
    internal string Digest => DigestOf(Payload.Span);

    private ReadOnlySpan<byte> ExternalAad => Change is null ? TrustListDocument.ExternalAad : RootChangeDocument.ExternalAad;

    internal static string DigestOf(ReadOnlySpan<byte> payload) =>
        string.Join(' ', Convert.ToHexStringLower(SHA256.HashData(payload)[..16]).Chunk(4).Select(four => new string(four)));

    /// <summary>Reads a file of either kind.</summary>
    /// <exception cref="UsageException">It is neither, or breaks a rule.</exception>
    internal static TrustPaper Read(string path)
    {
        var bytes = ReadBytes(path);
        var isSigned = CoseSign.TryRead(bytes, out var message);
        if (!isSigned && bytes.AsSpan().StartsWith(s_signed))
        {
            throw new UsageException($"{path} 是已签署的文件，但残缺，或后面多了东西：请重新取得。", $"{path} is a signed file (COSE_Sign), but cut short, damaged, or with something behind it: get it again.");
        }

        var payload = isSigned ? message!.Payload : bytes;
        try
        {
            // Every list names its catalogue, and no change of roots does; what is neither is told so as a list.
            var isChange = payload.Length <= RootChangeDocument.MaxBytes && payload.Span.IndexOf("generation"u8) >= 0 && payload.Span.IndexOf("catalogue_hash"u8) < 0;
            return isChange
                ? new TrustPaper(path, bytes, isSigned, payload, null, RootChangeDocument.DecodePayload(payload))
                : new TrustPaper(path, bytes, isSigned, payload, TrustListDocument.DecodePayload(payload), null);
        }
        catch (TrustListException e)
        {
            throw new UsageException($"{path} 既不是信任列表也不是根的更替（草稿或 COSE_Sign）：{e.Message}", $"{path} is no trust list and no change of roots, neither a draft nor a COSE_Sign message: {e.Message}");
        }
    }

    /// <summary>Reads the draft of a list, which may still be changed.</summary>
    /// <exception cref="UsageException">It is something else.</exception>
    internal static TrustList ReadDraft(string path)
    {
        var paper = Read(path);
        return paper is { IsSigned: false, List: { } list }
            ? list
            : throw new UsageException(
                $"{path} 不是信任列表的草稿，不能修改；请先用 trust draft --from 由它起草下一版。", $"{path} is no draft of a trust list and can't be changed: draft the next version from it first (trust draft --from).");
    }

    /// <summary>Reads a signed list and checks its signatures.</summary>
    /// <exception cref="UsageException">It is refused.</exception>
    internal static TrustList Open(string path, TrustRoots roots, out TrustRoots signers)
    {
        try
        {
            return TrustListDocument.Open(ReadBytes(path), roots, out signers);
        }
        catch (TrustListException e)
        {
            throw new UsageException($"{path}：信任列表无效：{e.Message}", $"{path}: {e.Message}");
        }
    }

    /// <summary>The root keys of some public key files.</summary>
    internal static TrustRoots ReadRoots(IEnumerable<string> paths)
    {
        var keys = paths.Select(SigningKeyFiles.ReadPublic).Distinct().ToArray();
        return keys.Length >= RootChange.MinKeys
            ? new TrustRoots(keys)
            : throw new UsageException("--roots 需要至少两个不同的根公钥。", "--roots needs at least two different public root keys.");
    }

    /// <summary>The document with the signature of one more key.</summary>
    internal byte[] Sign(ISigner signer)
    {
        try
        {
            return IsSigned ? CoseSign.AddSignature(Bytes, signer, ExternalAad) : CoseSign.Sign([signer], ExternalAad, Payload.Span);
        }
        catch (ArgumentException e)
        {
            throw new UsageException($"{Path} 不能再签：{e.Message}", $"{Path} can't be signed: {e.Message}");
        }
    }

    /// <summary>The keys, of some, of which it has a good signature.</summary>
    internal IReadOnlyList<PublicKey> WhoSigned(IEnumerable<PublicKey> keys) => !IsSigned ? []
        : Change is null ? TrustListDocument.WhoSigned(Bytes, keys)
        : RootChangeDocument.WhoSigned(Bytes, keys);

    private static byte[] ReadBytes(string path)
    {
        if (new FileInfo(path) is { Exists: true, Length: > TrustListDocument.MaxBytes })
        {
            throw new UsageException($"{path} 超过 1 MiB，不是信任列表。", $"{path} is larger than 1 MiB and no trust list.");
        }

        return File.ReadAllBytes(path);
    }
}
