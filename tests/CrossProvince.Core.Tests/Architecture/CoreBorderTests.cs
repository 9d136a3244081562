using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using CrossProvince.Core.Verification;

namespace CrossProvince.Core.Tests.Architecture;

/// <summary>Core performs no input or output and asks no clock: read from the metadata of what was compiled.</summary>
public sealed class CoreBorderTests
{
    private static readonly string[] s_allowedAssemblies = ["System.", "BouncyCastle.Cryptography", "NJsonSchema", "Newtonsoft.Json", "QRCoder", "Namotion.Reflection"];

    private static readonly string[] s_forbiddenTypes =
    [
        "System.Net.", "System.Console", "System.Diagnostics.Process", "System.Threading.Timer",
        "System.IO.File", "System.IO.Directory", "System.IO.Path", "System.IO.DriveInfo", "System.IO.RandomAccess", "System.IO.Pipes.",
        "System.IO.IsolatedStorage.", "System.IO.MemoryMappedFiles.", "System.Runtime.InteropServices.NativeLibrary",
    ];

    private static readonly string[] s_forbiddenMembers =
    [
        "System.DateTime.get_Now", "System.DateTime.get_UtcNow", "System.DateTime.get_Today", "System.DateTimeOffset.get_Now",
        "System.DateTimeOffset.get_UtcNow", "System.TimeProvider.get_System", "System.Environment.get_TickCount", "System.Environment.get_TickCount64",
        "System.Environment.GetEnvironmentVariable", "System.Diagnostics.Stopwatch.GetTimestamp",
    ];

    private readonly PEReader _assembly = new(File.OpenRead(typeof(Verdict).Assembly.Location));
    private MetadataReader _metadata = null!;

    [OneTimeSetUp]
    public void ReadMetadata() => _metadata = _assembly.GetMetadataReader();

    [OneTimeTearDown]
    public void Close() => _assembly.Dispose();

    [Test]
    public void Core_ReferencedAssemblies_AreTheRuntimeAndItsLibrariesOnly()
    {
        var names = _metadata.AssemblyReferences.Select(handle => _metadata.GetString(_metadata.GetAssemblyReference(handle).Name));

        Assert.That(names.Where(name => !s_allowedAssemblies.Any(name.StartsWith)), Is.Empty);
    }

    [Test]
    public void Core_ReferencedTypes_DoNoInputOrOutput() =>
        Assert.That(_metadata.TypeReferences.Select(NameOf).Where(name => s_forbiddenTypes.Any(name.StartsWith)), Is.Empty);

    [Test]
    public void Core_ReferencedMembers_AskNoClock() =>
        Assert.That(_metadata.MemberReferences.Select(NameOf).Intersect(s_forbiddenMembers), Is.Empty);

    [Test]
    public void Core_PublicClasses_AreSealed() =>
        Assert.That(typeof(Verdict).Assembly.GetExportedTypes().Where(type => type is { IsClass: true, IsSealed: false }), Is.Empty);

    private string NameOf(TypeReferenceHandle handle)
    {
        var type = _metadata.GetTypeReference(handle);
        var space = type.ResolutionScope.Kind == HandleKind.TypeReference
            ? NameOf((TypeReferenceHandle)type.ResolutionScope)
            : _metadata.GetString(type.Namespace);
        return $"{space}.{_metadata.GetString(type.Name)}";
    }

    private string NameOf(MemberReferenceHandle handle)
    {
        var member = _metadata.GetMemberReference(handle);
        var parent = member.Parent.Kind == HandleKind.TypeReference ? NameOf((TypeReferenceHandle)member.Parent) : "";
        return $"{parent}.{_metadata.GetString(member.Name)}";
    }
}
