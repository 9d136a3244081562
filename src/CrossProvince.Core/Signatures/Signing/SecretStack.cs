using System.Runtime.CompilerServices;
using System.Security.Cryptography;

namespace CrossProvince.Core.Signatures.Signing;

/// <summary>Wipes what called methods have left on the stack.</summary>
internal static class SecretStack
{
    // More than the deepest chain of calls of one signature takes.
    private const int Size = 4096;

    /// <summary>Overwrites the stack below the caller: locals, spilled registers and copies, of which no one could keep account one by one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    [SkipLocalsInit]
    public static void Wipe()
    {
        Span<byte> stack = stackalloc byte[Size];
        CryptographicOperations.ZeroMemory(stack);
    }

    /// <summary>Whether some bytes lie on the stack below the caller: for tests.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    [SkipLocalsInit]
    internal static bool Holds(ReadOnlySpan<byte> bytes)
    {
        Span<byte> stack = stackalloc byte[Size];
        return stack.IndexOf(bytes) >= 0;
    }
}
