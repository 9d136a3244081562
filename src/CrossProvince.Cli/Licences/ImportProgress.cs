using System.Security.Cryptography;
using System.Text.Json;

namespace CrossProvince.Cli.Licences;

/// <summary>What an import that was broken off has reached: kept beside the file, so that the same command goes on there.</summary>
/// <remarks>It holds counts, a position and hashes; nothing of what the lines say.</remarks>
internal sealed record ImportProgress
{
    private const int CurrentVersion = 1;

    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    /// <summary>Version of this layout; another is not read.</summary>
    public int Version { get; init; } = CurrentVersion;

    /// <summary>The node that the lines went to.</summary>
    public required string Node { get; init; }

    /// <summary>Number of the last line that the node said it has dealt with, from 1.</summary>
    public long Line { get; init; }

    /// <summary>Bytes of the file up to its end.</summary>
    public long Bytes { get; init; }

    /// <summary>SHA-256 of these bytes: a file that was changed there is imported from its beginning.</summary>
    public byte[] Sha256 { get; init; } = [];

    /// <summary>Lines so far, of all kinds.</summary>
    public long Lines { get; init; }

    public long Created { get; init; }

    public long Updated { get; init; }

    public long Unchanged { get; init; }

    public long Refused { get; init; }

    /// <summary>The region's last status change after these lines.</summary>
    public long LastSeq { get; init; }

    /// <summary>The chain's hash there: a node that does not have it has lost these lines.</summary>
    public byte[] LastHash { get; init; } = [];

    /// <summary>Bytes of the report of refused lines that belong to these lines.</summary>
    public long ReportBytes { get; init; }

    /// <summary>Where the progress of a file is kept.</summary>
    public static string PathOf(string file) => file + ".progress";

    /// <summary>What an earlier import of a file left; null when there is none, or it cannot be read.</summary>
    public static ImportProgress? Find(string file)
    {
        try
        {
            return JsonSerializer.Deserialize<ImportProgress>(File.ReadAllBytes(PathOf(file)), s_json) is { Version: CurrentVersion } found ? found : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }

    /// <summary>Whether a file begins with the lines that were dealt with; if so, its hash goes on from there.</summary>
    public bool IsOf(Stream file, IncrementalHash hash) => Append(hash, file, 0, Bytes) && hash.GetCurrentHash().AsSpan().SequenceEqual(Sha256);

    /// <summary>Hashes a part of a file.</summary>
    /// <returns>False when it is shorter.</returns>
    public static bool Append(IncrementalHash hash, Stream file, long from, long to)
    {
        file.Position = from;
        var buffer = new byte[1 << 16];
        while (from < to)
        {
            var read = file.Read(buffer.AsSpan(0, (int)Math.Min(buffer.Length, to - from)));
            if (read == 0)
            {
                return false;
            }

            hash.AppendData(buffer.AsSpan(0, read));
            from += read;
        }

        return true;
    }

    /// <summary>Keeps it, in one step and durably: an end of this program at any moment leaves the last or this one.</summary>
    public void Keep(string file)
    {
        var next = PathOf(file) + ".new";
        using (var stream = new FileStream(next, FileMode.Create, FileAccess.Write))
        {
            JsonSerializer.Serialize(stream, this, s_json);
            stream.Flush(flushToDisk: true);
        }

        File.Move(next, PathOf(file), overwrite: true);
    }
}
