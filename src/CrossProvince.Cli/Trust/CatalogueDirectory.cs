using System.CommandLine;
using CrossProvince.Core.Catalogue;

namespace CrossProvince.Cli.Trust;

/// <summary>A directory with the three files of the catalogue.</summary>
internal static class CatalogueDirectory
{
    /// <summary>The option that names it; default is the catalogue that comes with the program.</summary>
    internal static Option<string> Option() => new("--catalogue")
    {
        Description = "目录文件所在目录；默认随程序附带 · directory of the catalogue; by default the one that comes with the program",
        HelpName = "DIR",
        DefaultValueFactory = _ => Path.Combine(AppContext.BaseDirectory, "catalogue"),
    };

    /// <summary>Reads it.</summary>
    /// <exception cref="UsageException">It is refused; the message names file, line and reason.</exception>
    internal static LicenceCatalogue Read(string directory)
    {
        CatalogueFile File(string name) => new(name, System.IO.File.ReadAllBytes(Path.Combine(directory, name)));
        try
        {
            return LicenceCatalogue.Parse(File("licence-types.json"), File("scenarios.json"), File("recognitions.json"));
        }
        catch (CatalogueException e)
        {
            throw new UsageException($"目录无效：{e.Message}", e.Message);
        }
    }
}
