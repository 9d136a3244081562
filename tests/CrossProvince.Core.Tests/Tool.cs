using System.Diagnostics;

namespace CrossProvince.Core.Tests;

/// <summary>Runs the independent programs that tests compare with; a missing one fails the test.</summary>
internal static class Tool
{
    public static (int ExitCode, string Output) Run(string name, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(name, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        TestContext.Out.Write(errors.Result);
        return (process.ExitCode, output);
    }

    /// <summary>A path for a file of the running test.</summary>
    public static string PathOf(string fileName)
    {
        var directory = Path.Combine(TestContext.CurrentContext.WorkDirectory, "files", TestContext.CurrentContext.Test.ID);
        Directory.CreateDirectory(directory);
        return Path.Combine(directory, fileName);
    }

    /// <summary>Writes a file of the running test.</summary>
    public static string Write(string fileName, ReadOnlySpan<byte> content)
    {
        var path = PathOf(fileName);
        File.WriteAllBytes(path, content);
        return path;
    }
}
