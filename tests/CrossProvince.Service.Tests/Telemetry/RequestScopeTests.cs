using CrossProvince.Service.Telemetry;
using Microsoft.AspNetCore.Http;

namespace CrossProvince.Service.Tests.Telemetry;

/// <summary>Work that outlives its request may still say something.</summary>
public sealed class RequestScopeTests
{
    private DefaultHttpContext _context = null!;

    [SetUp]
    public void Begin() => _context = new DefaultHttpContext { TraceIdentifier = "one" };

    [Test]
    public void Scope_DuringTheRequest_NamesIt()
    {
        using var scope = new RequestScope(_context);

        Assert.That((scope.ToString(), scope.Single()), Is.EqualTo(("RequestId:one", new KeyValuePair<string, object?>("RequestId", "one"))));
    }

    [Test]
    public void Scope_NamedBefore_StaysAfterTheRequest()
    {
        var scope = new RequestScope(_context);
        _ = scope.ToString();
        scope.Dispose();
        _context.TraceIdentifier = "another";

        Assert.That(scope.ToString(), Is.EqualTo("RequestId:one"));
    }

    // The server gives the same object to later requests, and throws between them.
    [Test]
    public void Scope_AfterTheRequest_NamesNoOther()
    {
        var scope = new RequestScope(_context);
        scope.Dispose();
        _context.TraceIdentifier = "another";
        _context.Uninitialize();

        Assert.That((scope.ToString(), scope.Count, scope.ToArray().Length), Is.EqualTo(("", 0, 0)));
    }
}
