namespace CrossProvince.Cli.Certs;

/// <summary>Writes key and certificate files: whole or not at all, private ones readable by their owner only.</summary>
/// <param name="force">Whether existing files may be replaced.</param>
internal sealed class OutputFiles(bool force)
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Refuses before any work is done if a file is in the way.</summary>
    /// <exception cref="UsageException">It is.</exception>
    internal void MustBeFree(params ReadOnlySpan<string> paths)
    {
        foreach (var path in paths)
        {
            if (!force && File.Exists(path))
            {
                throw new UsageException($"{path} 已存在；要替换请加 --force。", $"{path} exists already; add --force to replace it.");
            }
        }
    }

    internal void WriteSecret(string path, string pem) => Write(path, pem, OwnerOnly);

    internal void WritePublic(string path, string text) =>
        Write(path, text, OwnerOnly | UnixFileMode.GroupRead | UnixFileMode.OtherRead);

    internal void WritePublic(string path, ReadOnlySpan<byte> bytes) =>
        Write(path, bytes, OwnerOnly | UnixFileMode.GroupRead | UnixFileMode.OtherRead);

    private void Write(string path, string text, UnixFileMode mode) => Write(path, System.Text.Encoding.UTF8.GetBytes(text), mode);

    private void Write(string path, ReadOnlySpan<byte> bytes, UnixFileMode mode)
    {
        MustBeFree(path);
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = mode;
        }

        var temporary = path + ".new";
        File.Delete(temporary);
        using (var stream = new FileStream(temporary, options))
        {
            stream.Write(bytes);
            stream.Flush(flushToDisk: true);
        }

        File.Move(temporary, path, overwrite: force);
    }
}
