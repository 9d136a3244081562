using System.Diagnostics;
using System.Globalization;

namespace CrossProvince.Faults.Tests.Region;

/// <summary>A disk of its own in memory (tmpfs), which can be made full at once and have room again. Only root may make one.</summary>
internal sealed class SmallDisk : IDisposable
{
    private const long Bytes = 2L << 30;

    private SmallDisk(string folder) => Folder = folder;

    /// <summary>Where it is mounted.</summary>
    public string Folder { get; }

    /// <summary>Makes one in a new folder.</summary>
    /// <returns>Null where this user, or this machine, may not.</returns>
    public static SmallDisk? TryMount(string name)
    {
        var folder = Directory.CreateTempSubdirectory($"crossprovince-{name}-").FullName;
        if (Environment.UserName == "root" && Run("mount", "-t", "tmpfs", "-o", $"mode=755,{Size(Bytes)}", "tmpfs", folder))
        {
            return new SmallDisk(folder);
        }

        Directory.Delete(folder);
        return null;
    }

    /// <summary>From now on it takes no byte more than it holds.</summary>
    public void Fill()
    {
        // What is written meanwhile must fit as well.
        for (var room = 0; ; room += 4096)
        {
            var drive = new DriveInfo(Folder);
            if (Run("mount", "-o", $"remount,{Size(drive.TotalSize - drive.TotalFreeSpace + room)}", Folder))
            {
                return;
            }
        }
    }

    /// <summary>It has room again.</summary>
    public void Free()
    {
        if (!Run("mount", "-o", $"remount,{Size(Bytes)}", Folder))
        {
            throw new InvalidOperationException("The disk could not be given room again.");
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Run("umount", "--lazy", Folder);
        if (Directory.Exists(Folder))
        {
            Directory.Delete(Folder, recursive: true);
        }
    }

    private static string Size(long bytes) => string.Create(CultureInfo.InvariantCulture, $"size={bytes}");

    private static bool Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0;
    }
}
