using CrossProvince.Service.Hosting;
using CrossProvince.Service.Tests.Backends;
using CrossProvince.Service.Tests.Nodes;

namespace CrossProvince.Service.Tests.Storage.Sealing;

/// <summary>The file of keys that a node in Development makes beside its embedded database.</summary>
public sealed class KeyFileOfEmbeddedDatabaseTests
{
    [Test]
    public async Task Build_NoKeyFileInDevelopment_IsMadeOnceAndMissedAfterwards()
    {
        await using var node = BuiltNode.Build(Backend.Sqlite);
        var file = $"{node.DatabaseConnection["Data Source=".Length..]}-keys";
        Assert.That(File.Exists(file), Is.True);
        await using (BuiltNode.Build(Backend.Sqlite, node))
        {
            // The same file does for a second start.
        }

        File.Delete(file);

        Assert.That(() => BuiltNode.Build(Backend.Sqlite, node), Throws.TypeOf<ConfigurationException>().With.Message.Contains("a new one could not open them"));
        Assert.That(File.Exists(file), Is.False);
    }
}
