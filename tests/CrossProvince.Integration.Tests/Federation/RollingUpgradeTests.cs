using CrossProvince.Contracts.Federation.V1;
using CrossProvince.Core.Status;
using CrossProvince.Integration.Tests.Nodes;
using CrossProvince.Service.Federation.Following;
using Microsoft.Extensions.DependencyInjection;

namespace CrossProvince.Integration.Tests.Federation;

/// <summary>Tianjin's node of today follows a Beijing of another version. What Beijing understands of Tianjin's: tests/Goldens.</summary>
/// <remarks>Nodes older than the stream: IndexPullerTests, WatchStatusTests.Feeds_OverHttp_AreStillGivenToOlderNodes.</remarks>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
[Parallelizable(ParallelScope.All)]
public sealed class RollingUpgradeTests
{
    private TestFederation _federation = null!;
    private FakePartner _beijing = null!;

    private TestNode Tianjin => _federation[TestFederation.Tianjin];

    private RegionIndex Copy => Tianjin.Index.Find(TestFederation.Beijing)!;

    [SetUp]
    public async Task Start()
    {
        _federation = await TestFederation.StartAsync(new() { Running = [TestFederation.Tianjin] });
    }

    [TearDown]
    public async Task Stop()
    {
        await _beijing.DisposeAsync();
        await _federation.DisposeAsync();
    }

    // Everything that a later version may add: keys in heads, batches and chunks, whose hashes are then over what is not known here, and other content between.
    [TestCase(true)]
    [TestCase(false)]
    public async Task Follow_RegionOfANewerVersion_IsFollowedThroughChanges(bool streams)
    {
        _beijing = await FakePartner.StartAsync(_federation, TestFederation.Beijing, streams: streams);
        _beijing.IsNewer = true;
        _beijing.Feed = batch => batch;
        _beijing.Change(1);
        _beijing.Change(5_000);
        await PublishAsync(streams);
        Assert.That((Copy.Seq, Copy.Find(0, 5_000).Status), Is.EqualTo((2L, LicenceStatus.InForce)));

        _beijing.Change(5_000, LicenceStatus.Ended, StatusReason.Revoked);
        _beijing.Change(70_000);
        await PublishAsync(streams);
        Assert.That((Copy.Seq, Copy.Find(0, 5_000).Status, Copy.Find(0, 70_000).Tag), Is.EqualTo((4L, LicenceStatus.Ended, new EntryTag(70_001))));

        // Then its node is replaced by one of today's version.
        _beijing.IsNewer = false;
        _beijing.Change(1, LicenceStatus.Suspended, StatusReason.Suspended);
        await PublishAsync(streams);
        Assert.That((Copy.Seq, Copy.Find(0, 1).Status, Copy.Find(0, 70_000).Tag), Is.EqualTo((5L, LicenceStatus.Suspended, new EntryTag(70_001))));
        Assert.That(Tianjin.Services.GetRequiredService<FollowedRegions>().IsFrozen(TestFederation.Beijing), Is.False);
    }

    /// <summary>Publishes what was changed, and waits until Tianjin's copy is true as of it.</summary>
    private async Task PublishAsync(bool streams)
    {
        if (streams && _beijing.Stream.Open > 0)
        {
            _beijing.Stream.Send(WatchStatusResponse.Parser.ParseFrom([0x7A, 0x01, 0x78]));
            _beijing.Stream.Publish();
        }
        else
        {
            _beijing.Publish();
        }

        await Eventually.HoldsAsync(
            () =>
            {
                // The stream may just be opened again.
                if (streams)
                {
                    _beijing.Stream.SendHead(_beijing.Head);
                }

                return Copy.AsOfMs == _beijing.Snapshot.Head.TimeMs;
            },
            "Tianjin has it");
    }
}
