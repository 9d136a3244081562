using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using CrossProvince.Service.Hosting;

namespace CrossProvince.Service.Storage.Sealing;

/// <summary>The text that holds the keys of the database (docs/operations.md, "Keys of the database").</summary>
/// <remarks>
/// One key a line, words apart by spaces: <c>seal</c> or <c>look-up</c>; id; algorithm; the key in Base64; <c>current</c> after one key of each kind. Lines that begin
/// with <c>#</c> and empty ones count for nothing; in a setting <c>;</c> ends a line as well.
/// </remarks>
internal static class KeyFile
{
    public const string Setting = "Storage:KeyFile";
    public const string InlineSetting = "Storage:Keys";

    private const string Seal = "seal";
    private const string LookUp = "look-up";
    private const string CurrentWord = "current";
    private const string Comment = "#";

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>What nobody but the file's user may do; a group may read, as secrets that an orchestrator mounts are read.</summary>
    private const UnixFileMode Forbidden =
        UnixFileMode.GroupWrite | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    private static readonly Dictionary<string, SealingAlgorithm> s_sealing = new() { ["AES-256-GCM"] = SealingAlgorithm.Aes256Gcm, ["SM4-GCM"] = SealingAlgorithm.Sm4Gcm };

    private static readonly Dictionary<string, HashingAlgorithm> s_hashing = new() { ["HMAC-SHA-256"] = HashingAlgorithm.HmacSha256, ["HMAC-SM3"] = HashingAlgorithm.HmacSm3 };

    /// <summary>An algorithm as the file writes it.</summary>
    public static string NameOf(SealingAlgorithm algorithm) => s_sealing.First(a => a.Value == algorithm).Key;

    /// <summary>An algorithm as the file writes it.</summary>
    public static string NameOf(HashingAlgorithm algorithm) => s_hashing.First(a => a.Value == algorithm).Key;

    /// <summary>Reads a file.</summary>
    /// <exception cref="ConfigurationException">It cannot be read, is open to others, or a line of it is wrong. No part of a line is repeated.</exception>
    public static KeyRing Read(string path)
    {
        try
        {
            if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & Forbidden) != 0)
            {
                throw new ConfigurationException(Setting, $"names {path}, which others can read or write: let it belong to the node's user, with mode 0600.");
            }

            return Parse(File.ReadAllText(path), Setting);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException(Setting, $"names a key file that cannot be read: {e.Message} 'crossprovince storage new-key --file {path}' makes a new one.");
        }
    }

    /// <summary>Reads the text of such a file.</summary>
    /// <param name="text">The lines.</param>
    /// <param name="setting">Where they come from.</param>
    /// <exception cref="ConfigurationException">A line is wrong.</exception>
    public static KeyRing Parse(string text, string setting)
    {
        var (dataKeys, lookUpKeys) = (new List<DataKey>(), new List<LookUpKey>());
        var number = 0;
        foreach (var line in text.Split('\n', ';'))
        {
            number++;
            var words = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (words.Length == 0 || words[0].StartsWith(Comment, StringComparison.Ordinal))
            {
                continue;
            }

            ConfigurationException Wrong(string problem) => new(setting, string.Create(CultureInfo.InvariantCulture, $"is wrong in line {number}: {problem}"));

            if (words.Length is < 4 or > 5 || (words.Length == 5 && words[4] != CurrentWord))
            {
                throw Wrong($"write '{Seal}' or '{LookUp}', an id, an algorithm and the key in Base64, and '{CurrentWord}' after one key of each.");
            }

            var (id, isCurrent) = (words[1], words.Length == 5);
            if (!IsId(id))
            {
                throw Wrong($"an id is 1 to {SealedBytes.LongestKeyId} letters, digits, '-', '_' or '.', in ASCII.");
            }

            if (words[0] == Seal && s_sealing.TryGetValue(words[2], out var sealing))
            {
                if (dataKeys.Exists(key => key.Id == id))
                {
                    throw Wrong($"another data key is called '{id}'. An id is given once and for all.");
                }

                dataKeys.Add(new DataKey(id, sealing, ReadKey(words[3], DataKey.KeyBytes(sealing)) ?? throw Wrong(LengthOf(DataKey.KeyBytes(sealing))), isCurrent));
            }
            else if (words[0] == LookUp && s_hashing.TryGetValue(words[2], out var hashing))
            {
                if (lookUpKeys.Exists(key => key.Id == id))
                {
                    throw Wrong($"another look-up key is called '{id}'. An id is given once and for all.");
                }

                lookUpKeys.Add(new LookUpKey(id, hashing, ReadKey(words[3], LookUpKey.KeyBytes) ?? throw Wrong(LengthOf(LookUpKey.KeyBytes)), isCurrent));
            }
            else
            {
                throw Wrong($"it begins with '{Seal}' and has {string.Join(" or ", s_sealing.Keys)} as algorithm, or with '{LookUp}' and has {string.Join(" or ", s_hashing.Keys)}.");
            }
        }

        RequireOneCurrent(Seal, dataKeys.Count(key => key.IsCurrent), setting);
        RequireOneCurrent(LookUp, lookUpKeys.Count(key => key.IsCurrent), setting);
        return new KeyRing(dataKeys, lookUpKeys);
    }

    /// <summary>A line with a new random data key.</summary>
    public static string NewDataKey(string id, SealingAlgorithm algorithm, bool isCurrent) => Line(Seal, id, NameOf(algorithm), DataKey.KeyBytes(algorithm), isCurrent);

    /// <summary>A line with a new random look-up key.</summary>
    public static string NewLookUpKey(string id, HashingAlgorithm algorithm, bool isCurrent) => Line(LookUp, id, NameOf(algorithm), LookUpKey.KeyBytes, isCurrent);

    /// <summary>The text without the word that makes keys of a kind the current ones.</summary>
    public static string WithoutCurrent(string text, bool lookUp) => string.Join('\n', text.Split('\n').Select(line =>
    {
        var words = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        return words.Length == 5 && words[0] == (lookUp ? LookUp : Seal) ? string.Join(' ', words[..4]) : line;
    }));

    /// <summary>Whether a key can be called so.</summary>
    public static bool IsId(string id) => id.Length is > 0 and <= SealedBytes.LongestKeyId && id.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.');

    /// <summary>Writes a file that only its user can read: whole or not at all, and durably.</summary>
    /// <param name="path">The file.</param>
    /// <param name="text">Its lines.</param>
    /// <param name="replace">Whether one that is there is replaced.</param>
    /// <exception cref="IOException">It could not be written, or is there already.</exception>
    public static void Write(string path, string text, bool replace)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = OwnerOnly;
        }

        var temporary = $"{path}.{Guid.NewGuid():N}";
        try
        {
            using (var stream = new FileStream(temporary, options))
            {
                stream.Write(Encoding.UTF8.GetBytes(text));
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite: replace);
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    private static string Line(string kind, string id, string algorithm, int bytes, bool isCurrent) =>
        $"{kind} {id} {algorithm} {Convert.ToBase64String(RandomNumberGenerator.GetBytes(bytes))}{(isCurrent ? $" {CurrentWord}" : "")}\n";

    private static byte[]? ReadKey(string text, int bytes)
    {
        var key = new byte[bytes];
        return Convert.TryFromBase64String(text, key, out var length) && length == bytes ? key : null;
    }

    private static string LengthOf(int bytes) => string.Create(CultureInfo.InvariantCulture, $"the key is not {bytes} bytes in Base64.");

    private static void RequireOneCurrent(string kind, int count, string setting)
    {
        if (count != 1)
        {
            throw new ConfigurationException(setting, string.Create(CultureInfo.InvariantCulture, $"has {count} current '{kind}' keys: write '{CurrentWord}' at the end of exactly one."));
        }
    }
}
