using CrossProvince.Service.Hosting;
using Microsoft.Extensions.Configuration;

namespace CrossProvince.Service.Tests.Hosting;

/// <summary>What a node is built with before anything of its own.</summary>
internal sealed class BuilderTests
{
    /// <summary>A watched folder tells of every write below it, the spool's as well.</summary>
    [Test]
    public void CreateBuilder_FilesOfSettings_AreNotWatched()
    {
        var files = ((IConfigurationBuilder)Node.CreateBuilder([]).Configuration).Sources.OfType<FileConfigurationSource>().ToList();

        Assert.That(files, Is.Not.Empty);
        Assert.That(files.Where(file => file.ReloadOnChange).Select(file => file.Path), Is.Empty);
    }
}
