using CrossProvince.Service.Recording;
using Microsoft.Win32.SafeHandles;

namespace CrossProvince.Service.Tests.Recording;

/// <summary>A disk that fails or waits when it is told to.</summary>
internal sealed class FaultyDisk : SpoolDisk
{
    private volatile TaskCompletionSource? _held;
    private int _flushing;

    /// <summary>How many of the next writes fail, half of their bytes written.</summary>
    internal int FailingWrites { get; set; }

    /// <summary>How many of the next flushes fail.</summary>
    internal int FailingFlushes { get; set; }

    /// <summary>Files take no bytes: the kernel's own error of a full disk.</summary>
    internal bool IsFull { get; set; }

    internal int Flushes { get; private set; }

    /// <summary>Whether somebody waits for a flush.</summary>
    internal bool IsFlushing => Volatile.Read(ref _flushing) > 0;

    /// <summary>Lets no flush end until <see cref="Release"/>.</summary>
    internal void Hold() => _held = new TaskCompletionSource();

    internal void Release() => _held?.TrySetResult();

    public override void Write(SafeFileHandle file, ReadOnlySpan<byte> bytes, long offset)
    {
        if (IsFull)
        {
            using var full = File.OpenHandle("/dev/full", FileMode.Open, FileAccess.Write);
            base.Write(full, bytes, 0);
        }

        if (FailingWrites > 0)
        {
            FailingWrites--;
            base.Write(file, bytes[..(bytes.Length / 2)], offset);
            throw new IOException("The test's disk writes no more.");
        }

        base.Write(file, bytes, offset);
    }

    public override void Flush(SafeFileHandle file)
    {
        Interlocked.Increment(ref _flushing);
        _held?.Task.Wait();
        Interlocked.Decrement(ref _flushing);
        Flushes++;
        if (FailingFlushes > 0)
        {
            FailingFlushes--;
            throw new IOException("The test's disk confirms nothing.");
        }

        base.Flush(file);
    }
}
