using System.CommandLine;
using CrossProvince.Cli.Certs;
using CrossProvince.Cli.Trust;

namespace CrossProvince.Cli.Tests.Certs;

/// <summary>Runs <c>certs</c> and <c>trust</c> in a directory of their own.</summary>
internal sealed class CertificateCommands : IDisposable
{
    internal string Directory { get; } = System.IO.Directory.CreateTempSubdirectory("crossprovince-").FullName;

    /// <summary>The root of the repository.</summary>
    internal static string Repository { get; } = FindRepository();

    internal static string Catalogue { get; } = Path.Combine(Repository, "src/CrossProvince.Core/Catalogue/Data");

    public void Dispose() => System.IO.Directory.Delete(Directory, recursive: true);

    internal string PathOf(string name) => Path.Combine(Directory, name);

    /// <summary>Runs one command; it must be done.</summary>
    /// <returns>Standard output.</returns>
    internal static string Run(params string[] args)
    {
        var root = new RootCommand { CertsCommand.Create(), TrustCommand.Create(), new Option<bool>("--json") { Recursive = true }, new Option<string>("--lang") { Recursive = true } };
        var parsed = root.Parse(args);
        Assert.That(parsed.Errors, Is.Empty);
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = parsed.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false, Output = output, Error = error });
        Assert.That(code, Is.Zero);
        return output.ToString();
    }

    /// <summary>Makes a whole federation.</summary>
    internal void RunNew(params ReadOnlySpan<string> more) => Run(["certs", "new", "--out", PathOf("all"), "--catalogue", Catalogue, .. more]);

    private static string FindRepository()
    {
        var directory = new DirectoryInfo(TestContext.CurrentContext.TestDirectory);
        while (!File.Exists(Path.Combine(directory!.FullName, "CrossProvince.sln")))
        {
            directory = directory.Parent;
        }

        return directory.FullName;
    }
}
