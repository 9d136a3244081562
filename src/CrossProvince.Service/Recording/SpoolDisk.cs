using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace CrossProvince.Service.Recording;

/// <summary>The calls by which the spool makes bytes durable; tests put a disk that fails in its place.</summary>
internal class SpoolDisk
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Opens a file that only the node's user may read.</summary>
    public static FileStream Open(string path, FileMode mode, FileShare share)
    {
        var options = new FileStreamOptions { Mode = mode, Access = FileAccess.ReadWrite, Share = share, BufferSize = 0 };
        if (!OperatingSystem.IsWindows() && mode != FileMode.Open)
        {
            options.UnixCreateMode = OwnerOnly;
        }

        return new FileStream(path, options);
    }

    /// <summary>Makes a folder that only the node's user may enter, with those above it, and makes their names durable.</summary>
    public virtual void CreateFolder(string path)
    {
        var made = new Stack<string>();
        for (var folder = path; folder is not null && !Directory.Exists(folder); folder = Path.GetDirectoryName(folder))
        {
            made.Push(folder);
        }

        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
        }
        else
        {
            Directory.CreateDirectory(path, OwnerOnly | UnixFileMode.UserExecute);
        }

        foreach (var folder in made)
        {
            FlushFolder(Path.GetDirectoryName(folder)!);
        }
    }

    /// <summary>Makes a file, and makes its name durable.</summary>
    /// <exception cref="IOException">There is such a file, or the disk is full or broken.</exception>
    public virtual SafeFileHandle Create(string path)
    {
        var file = Open(path, FileMode.CreateNew, FileShare.Read).SafeFileHandle;
        FlushFolder(Path.GetDirectoryName(path)!);
        return file;
    }

    /// <summary>Writes all of the bytes.</summary>
    public virtual void Write(SafeFileHandle file, ReadOnlySpan<byte> bytes, long offset) => RandomAccess.Write(file, bytes, offset);

    /// <summary>Returns when the disk has confirmed what was written (fsync).</summary>
    public virtual void Flush(SafeFileHandle file) => RandomAccess.FlushToDisk(file);

    /// <summary>A file's name survives a power cut only once its folder was flushed as well.</summary>
    private static void FlushFolder(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        using var folder = OpenFolder(Encoding.UTF8.GetBytes(path + '\0'), 0);
        if (folder.IsInvalid)
        {
            throw new IOException($"The folder cannot be opened (error {Marshal.GetLastPInvokeError()}).");
        }

        RandomAccess.FlushToDisk(folder);
    }

    // .NET opens no folders.
    [DllImport("libc", EntryPoint = "open", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern SafeFileHandle OpenFolder(byte[] path, int flags);
}
