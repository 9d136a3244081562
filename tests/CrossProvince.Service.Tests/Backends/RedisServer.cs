using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using CrossProvince.Tests;
using StackExchange.Redis;

namespace CrossProvince.Service.Tests.Backends;

/// <summary>A private Redis on a free loopback port that keeps nothing on disk unless it is told to, and knows the user of the documentation.</summary>
internal sealed class RedisServer : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);
    private readonly string _directory = Directory.CreateTempSubdirectory("crossprovince-redis-").FullName;
    private readonly string[] _arguments;
    private readonly ServerPlace _place;
    private Process? _process;
    private ConnectionMultiplexer? _connection;

    private RedisServer(string[] arguments, ServerPlace? place = null)
    {
        (_arguments, _place) = (arguments, place ?? ServerPlace.Loopback);
        Start();
    }

    /// <summary>What a node is configured with; patient, since tests share their processors.</summary>
    public string ConnectionString => Patient(10_000);

    /// <summary>Where it listens.</summary>
    public int Port { get; } = FreePort.Next();

    /// <summary>Looks and tampers from outside the node, as a user who may do everything.</summary>
    public IDatabase Database => _connection!.GetDatabase();

    /// <summary>Starts a server; without Redis on the machine the tests fail, never skip.</summary>
    /// <param name="arguments">Settings of redis-server beside those of every test.</param>
    public static RedisServer StartNew(params string[] arguments) => new([.. RedisUser.Arguments(), .. arguments]);

    /// <summary>Starts a server that writes what it is told into a file, flushed every second, which it reads at the next start.</summary>
    /// <param name="place">Where; loopback when it is not said.</param>
    public static RedisServer StartKept(ServerPlace? place = null) => new([.. RedisUser.Arguments(), "--appendonly", "yes", "--appendfsync", "everysec"], place);

    /// <summary>Starts a server on which the node's user lacks some rights.</summary>
    public static RedisServer StartWithout(params string[] rights) => new(RedisUser.Arguments(rights));

    /// <summary>The same with a limit for answers, for tests in which none comes.</summary>
    public string Patient(int milliseconds) => string.Create(
        CultureInfo.InvariantCulture, $"{_place.Address}:{Port},user={RedisUser.Name},password={RedisUser.Password},asyncTimeout={milliseconds},connectTimeout=5000");

    /// <summary>Where the file of <see cref="StartKept"/> is; for who keeps copies of it while it does not run.</summary>
    public string KeptFolder => Path.Combine(_directory, "appendonlydir");

    /// <summary>Starts the server again after <see cref="Kill"/>, as another process; empty, unless it keeps a file.</summary>
    public void Start()
    {
        var port = Port.ToString(CultureInfo.InvariantCulture);
        string[] line = [.. _place.Enter, "redis-server", "--port", port, "--bind", _place.Address, "--protected-mode", "no", "--save", "", "--appendonly", "no", "--dir", _directory, .. _arguments];
        var start = new ProcessStartInfo(line[0], line[1..])
        {
            RedirectStandardOutput = true,
        };
        try
        {
            _process = Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new InvalidOperationException("Redis is not installed: run eng/test.sh, which installs it (Debian package redis-server).", e);
        }

        _process.BeginOutputReadLine();
        Wait(Answers, "start");
        var outside = ConfigurationOptions.Parse($"{_place.Address}:{Port},allowAdmin=true,abortConnect=false");
        outside.ReconnectRetryPolicy = new LinearRetry(50);
        outside.HeartbeatInterval = TimeSpan.FromMilliseconds(50);
        _connection ??= ConnectionMultiplexer.Connect(outside);
        Wait(() => _connection.IsConnected, "answer");
    }

    /// <summary>Asks this very server; in a cluster <see cref="Database"/> knows the others too.</summary>
    public RedisResult Execute(string command, params object[] arguments) => _connection!.GetServer(IPAddress.Parse(_place.Address), Port).Execute(command, arguments);

    /// <summary>Forgets everything.</summary>
    public void Flush() => Execute("FLUSHALL");

    /// <summary>Ends the server at once, as a crash would.</summary>
    public void Kill()
    {
        _process!.Kill();
        _process.WaitForExit();
        _process.Dispose();
        _process = null;
    }

    /// <summary>Stops it where it stands with SIGSTOP: connections stay open, and nothing is answered.</summary>
    public void Freeze() => Signal("STOP");

    /// <summary>Lets it go on.</summary>
    public void Resume() => Signal("CONT");

    /// <summary>Waits until the server is as wanted.</summary>
    public void Wait(Func<bool> isSo, string what)
    {
        var waited = Stopwatch.StartNew();
        while (!isSo())
        {
            if (_process!.HasExited || waited.Elapsed > s_patience)
            {
                throw new InvalidOperationException($"redis-server did not {what}.");
            }

            Thread.Sleep(20);
        }
    }

    /// <summary>A section of what it says of itself.</summary>
    /// <remarks>Sentinels end the connections of a server that they change.</remarks>
    public string Info(string section)
    {
        var info = "";
        Wait(
            () =>
            {
                try
                {
                    info = (string)Execute("INFO", section)!;
                    return true;
                }
                catch (RedisConnectionException)
                {
                    return false;
                }
            },
            "tell of itself");
        return info;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _connection?.Dispose();
        if (_process is not null)
        {
            Kill();
        }

        Directory.Delete(_directory, recursive: true);
    }

    private void Signal(string name)
    {
        using var kill = Process.Start("kill", [$"-{name}", _process!.Id.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    private bool Answers()
    {
        try
        {
            using var client = new TcpClient();
            client.Connect(IPAddress.Parse(_place.Address), Port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
