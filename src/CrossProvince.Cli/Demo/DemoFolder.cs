namespace CrossProvince.Cli.Demo;

/// <summary>Where everything of one run lies; all but the picture is deleted at the end, unless it is to be kept.</summary>
internal sealed class DemoFolder : IDisposable
{
    private readonly bool _isKept;

    /// <param name="kept">Where to keep everything; null for a temporary folder.</param>
    /// <exception cref="UsageException">The folder to keep is not empty.</exception>
    internal DemoFolder(string? kept)
    {
        _isKept = kept is not null;
        Root = kept is null ? Directory.CreateTempSubdirectory("crossprovince-demo-").FullName : Path.GetFullPath(kept);
        if (Directory.Exists(Root) && Directory.EnumerateFileSystemEntries(Root).Any())
        {
            throw new UsageException($"{Root} 不是空目录。", $"{Root} is not empty.");
        }

        Directory.CreateDirectory(Root);
    }

    internal string Root { get; }

    internal string Federation => Path.Combine(Root, "federation");

    /// <summary>The picture of a code.</summary>
    internal string Picture => Path.Combine(Root, "code.png");

    internal string Identity(DemoRegion region, string role) => Path.Combine(Federation, region.Code.ToString(), role);

    internal string Key(DemoRegion region, string name) => Path.Combine(Federation, region.Code.ToString(), "keys", $"{name}.key.pem");

    /// <summary>A file of a region's node.</summary>
    internal string Node(DemoRegion region, string file) => Path.Combine(Root, region.Code.ToString(), file);

    public void Dispose()
    {
        if (_isKept)
        {
            return;
        }

        foreach (var directory in Directory.EnumerateDirectories(Root))
        {
            Directory.Delete(directory, recursive: true);
        }

        if (!File.Exists(Picture))
        {
            Directory.Delete(Root, recursive: true);
        }
    }
}
