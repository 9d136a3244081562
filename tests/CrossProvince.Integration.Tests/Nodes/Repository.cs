namespace CrossProvince.Integration.Tests.Nodes;

/// <summary>Files of the repository that are tested where they stand, such as scripts and what a deployment is made of.</summary>
internal static class Repository
{
    private static readonly string s_root = FindRoot();

    internal static string PathOf(params string[] parts) => Path.Combine([s_root, .. parts]);

    private static string FindRoot()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory!.FullName, "CrossProvince.sln")))
        {
            directory = directory.Parent;
        }

        return directory.FullName;
    }
}
