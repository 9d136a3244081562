using System.Text.RegularExpressions;

namespace CrossProvince.Service.Tests.Backends;

/// <summary>The user that docs/operations.md, "Redis", has made for the node: every private server has it, and nodes under test may do no more.</summary>
internal static partial class RedisUser
{
    public const string Name = "crossprovince";

    public const string Password = "only-for-tests";

    private static readonly Lazy<string[]> s_rights = new(ReadRights);

    /// <summary>Its rights, as <c>ACL SETUSER</c> takes them.</summary>
    public static IReadOnlyList<string> Rights => s_rights.Value;

    /// <summary>Arguments of redis-server that make it.</summary>
    public static string[] Arguments(params string[] without) => ["--user", Name, "on", $">{Password}", .. Rights.Except(without)];

    private static string[] ReadRights()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "CrossProvince.sln")))
        {
            folder = folder.Parent;
        }

        var line = DocumentedLine().Match(File.ReadAllText(Path.Combine(folder!.FullName, "docs", "operations.md")));
        return line.Success ? line.Groups[1].Value.Split(' ') : throw new InvalidOperationException("docs/operations.md has no line 'ACL SETUSER crossprovince on >PASSWORD …'.");
    }

    [GeneratedRegex(@"^ACL SETUSER crossprovince on >PASSWORD (.+)$", RegexOptions.Multiline)]
    private static partial Regex DocumentedLine();
}
