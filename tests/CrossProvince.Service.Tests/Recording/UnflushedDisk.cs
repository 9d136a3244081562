using CrossProvince.Service.Recording;
using Microsoft.Win32.SafeHandles;

namespace CrossProvince.Service.Tests.Recording;

/// <summary>Waits for no disk, where a test opens a spool hundreds of times.</summary>
internal sealed class UnflushedDisk : SpoolDisk
{
    public override SafeFileHandle Create(string path) => Open(path, FileMode.CreateNew, FileShare.Read).SafeFileHandle;

    public override void Flush(SafeFileHandle file)
    {
    }
}
