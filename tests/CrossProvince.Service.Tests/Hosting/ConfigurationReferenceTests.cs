namespace CrossProvince.Service.Tests.Hosting;

/// <summary>docs/configuration.md says what can be set, no more and no less.</summary>
public sealed class ConfigurationReferenceTests
{
    /// <summary>Set by eng/configuration.sh, which then keeps the page that the test writes.</summary>
    private const string WriteVariable = "CROSSPROVINCE_WRITE_CONFIGURATION";

    [Test]
    public async Task Page_AgainstOptions_IsUpToDate()
    {
        var expected = ConfigurationReference.Write();
        if (Environment.GetEnvironmentVariable(WriteVariable) is { Length: > 0 } path)
        {
            await File.WriteAllTextAsync(path, expected);
        }

        Assert.That(await File.ReadAllTextAsync(PageInRepository()), Is.EqualTo(expected), "Run eng/configuration.sh.");
    }

    [Test]
    public void Settings_OfNodeOptions_AreAllFound()
    {
        Assert.That(NodeSetting.All.Select(s => s.Name), Is.Unique.And.SupersetOf(new[]
        {
            "Region", "Listen:Api", "Trust:Roots:0", "Freshness:Hard", "Tokens:Issuers:0:Audience", "ConnectionStrings:Database",
        }));
        Assert.That((NodeSetting.Exists("Trust__Roots__2"), NodeSetting.Exists("Trust:Rootz:2"), NodeSetting.Exists("Listen")), Is.EqualTo((true, false, false)));
    }

    [Test]
    public void Defaults_OfTheOptionsClasses_AreWithinTheirOwnBounds()
    {
        foreach (var setting in NodeSetting.All.Where(s => s.Default is not null))
        {
            foreach (var bound in setting.Property.GetCustomAttributes(inherit: false).OfType<System.ComponentModel.DataAnnotations.ValidationAttribute>())
            {
                Assert.That(bound.IsValid(setting.Default), Is.True, setting.Name);
            }
        }
    }

    private static string PageInRepository()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory!.FullName, "CrossProvince.sln")))
        {
            directory = directory.Parent;
        }

        return Path.Combine(directory.FullName, "docs", "configuration.md");
    }
}
