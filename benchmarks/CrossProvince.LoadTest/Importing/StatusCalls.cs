using System.Diagnostics;
using System.Text.Json;
using CrossProvince.Client.Connecting;
using CrossProvince.Contracts.Licences.V1;

namespace CrossProvince.LoadTest.Importing;

/// <summary>Changes the status of one licence ten times a second while something else goes on.</summary>
internal sealed class StatusCalls : IAsyncDisposable
{
    private static readonly TimeSpan s_between = TimeSpan.FromMilliseconds(100);

    private readonly NodeIdentity _identity;
    private readonly NodeConnection _connection;
    private readonly string _licence;
    private int _changes;

    /// <summary>Connects.</summary>
    /// <param name="node">The node.</param>
    /// <param name="file">A file that was imported; its first licence is changed.</param>
    public StatusCalls(ImportingNode node, string file)
    {
        (_identity, _connection) = node.Connect();
        using var line = JsonDocument.Parse(File.ReadLines(file).First());
        _licence = line.RootElement.GetProperty("licence_id").GetString()!;
    }

    /// <summary>How long each change took.</summary>
    public List<TimeSpan> Times { get; } = [];

    /// <summary>Makes changes until something has ended.</summary>
    public async Task RunAsync(Task other)
    {
        while (!other.IsCompleted)
        {
            var start = Stopwatch.GetTimestamp();
            await _connection.Licences.ChangeStatusAsync(new ChangeStatusRequest
            {
                LicenceId = _licence,
                Status = ++_changes % 2 == 0 ? LicenceStatus.Valid : LicenceStatus.Suspended,
                Reason = "measured",
            });
            var taken = Stopwatch.GetElapsedTime(start);
            Times.Add(taken);
            if (taken < s_between)
            {
                await Task.WhenAny(other, Task.Delay(s_between - taken));
            }
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _connection.Dispose();
        _identity.Dispose();
        return ValueTask.CompletedTask;
    }
}
