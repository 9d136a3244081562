using System.Security.Cryptography;
using CrossProvince.Service.Identity;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Microsoft.IdentityModel.Tokens;

namespace CrossProvince.Service.Tests.Identity;

/// <summary>When the keys of an identity provider are read, and how long they are used.</summary>
public sealed class TokenKeysTests
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 3, 1, 0, 0, 0, TimeSpan.Zero));
    private string[] _published = ["k1"];
    private Func<Task> _onRead = () => Task.CompletedTask;
    private int _reads;
    private TokenKeys _keys = null!;

    [SetUp]
    public void MakeKeys()
    {
        (_reads, _published, _onRead) = (0, ["k1"], () => Task.CompletedTask);
        _keys = new TokenKeys(
            new TokenIssuer { Name = "https://id.example", Audience = "a", ReadKeys = ReadAsync, KeysMaxAge = TimeSpan.FromHours(1) }, _time, NullLogger<TokenKeys>.Instance);
    }

    [Test]
    public async Task PrepareAsync_KeysHeld_ReadsNoMore()
    {
        await _keys.PrepareAsync("k1", CancellationToken.None);
        await _keys.PrepareAsync("k1", CancellationToken.None);
        await _keys.PrepareAsync(null, CancellationToken.None);

        Assert.That((_reads, Kids()), Is.EqualTo((1, "k1")));
    }

    [Test]
    public async Task PrepareAsync_KeyUnknown_IsReadBeforeTheTokenIsJudged()
    {
        await _keys.PrepareAsync("k1", CancellationToken.None);
        _published = ["k1", "k2"];
        _time.Advance(TokenKeys.Interval);

        Assert.That((await _keys.PrepareAsync("k2", CancellationToken.None), Kids()), Is.EqualTo((true, "k1 k2")));
    }

    [Test]
    public async Task PrepareAsync_UnknownKeysByStrangers_ReadEveryTenSecondsAtMost()
    {
        for (var i = 0; i < 100; i++)
        {
            await _keys.PrepareAsync($"guess-{i}", CancellationToken.None);
            _time.Advance(TimeSpan.FromMilliseconds(150));
        }

        Assert.That(_reads, Is.EqualTo(2));
    }

    [Test]
    public async Task PrepareAsync_ManyAtOnce_ReadOnce()
    {
        var hold = new TaskCompletionSource();
        _onRead = () => hold.Task;
        var waiting = Enumerable.Range(0, 20).Select(_ => _keys.PrepareAsync("k1", CancellationToken.None)).ToList();
        hold.SetResult();

        Assert.That((await Task.WhenAll(waiting)).Distinct().Single(), Is.True);
        Assert.That(_reads, Is.EqualTo(1));
    }

    [Test]
    public async Task PrepareAsync_CallerGivesUp_OthersGetTheKeys()
    {
        var hold = new TaskCompletionSource();
        _onRead = () => hold.Task;
        using var stop = new CancellationTokenSource();
        var impatient = _keys.PrepareAsync("k1", stop.Token);
        var patient = _keys.PrepareAsync("k1", CancellationToken.None);
        await stop.CancelAsync();
        hold.SetResult();

        Assert.That(async () => await impatient, Throws.InstanceOf<OperationCanceledException>());
        Assert.That(await patient, Is.True);
    }

    [TestCase(59, true)]
    [TestCase(61, false)]
    public async Task PrepareAsync_ProviderAway_LastGoodKeysAreUsedForAWhile(int minutes, bool expected)
    {
        await _keys.PrepareAsync("k1", CancellationToken.None);
        _onRead = () => throw new HttpRequestException("away");
        _time.Advance(TimeSpan.FromMinutes(minutes));

        Assert.That((await _keys.PrepareAsync("k1", CancellationToken.None), Kids()), Is.EqualTo((expected, "k1")));
    }

    [Test]
    public async Task PrepareAsync_NeverRead_IsFalseUntilItIs()
    {
        _onRead = () => throw new HttpRequestException("away");
        var before = await _keys.PrepareAsync("k1", CancellationToken.None);
        _onRead = () => Task.CompletedTask;
        _time.Advance(TokenKeys.Interval);

        Assert.That((before, await _keys.PrepareAsync("k1", CancellationToken.None)), Is.EqualTo((false, true)));
    }

    private string Kids() => string.Join(' ', _keys.Current.Select(k => k.KeyId));

    private async Task<IReadOnlyList<SecurityKey>> ReadAsync(CancellationToken cancellation)
    {
        _reads++;
        await _onRead();
        return [.. _published.Select(k => new ECDsaSecurityKey(ECDsa.Create(ECCurve.NamedCurves.nistP256)) { KeyId = k })];
    }
}
