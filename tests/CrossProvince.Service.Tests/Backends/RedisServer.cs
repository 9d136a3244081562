using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using CrossProvince.Tests;
using StackExchange.Redis;

namespace CrossProvince.Service.Tests.Backends;

/// <summary>A private Redis on a free loopback port, which keeps nothing on disk unless it is told to.</summary>
internal sealed class RedisServer : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);
    private readonly string _directory = Directory.CreateTempSubdirectory("crossprovince-redis-").FullName;
    private readonly int _port = FreePort.Next();
    private readonly bool _isKept;
    private Process? _process;
    private ConnectionMultiplexer? _connection;

    private RedisServer(bool isKept)
    {
        _isKept = isKept;
        Start();
    }

    /// <summary>Where it listens, on loopback.</summary>
    public int Port => _port;

    /// <summary>What a node is configured with; patient, since tests share their processors.</summary>
    public string ConnectionString => Patient(10_000);

    /// <summary>The same with a limit for answers, for tests in which none comes.</summary>
    public string Patient(int milliseconds) => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{_port},asyncTimeout={milliseconds},connectTimeout=5000");

    /// <summary>Looks and tampers from outside the node.</summary>
    public IDatabase Database => _connection!.GetDatabase();

    /// <summary>Starts a server; without Redis on the machine the tests fail, never skip.</summary>
    /// <param name="isKept">Whether it writes what it is told into a file that it reads at the next start, flushed every second; else each start is empty.</param>
    public static RedisServer StartNew(bool isKept = false) => new(isKept);

    /// <summary>Where its file is; for who keeps copies of it while it does not run.</summary>
    public string KeptFolder => Path.Combine(_directory, "appendonlydir");

    /// <summary>Starts the server again after <see cref="Kill"/>, as another process.</summary>
    public void Start()
    {
        var port = _port.ToString(CultureInfo.InvariantCulture);
        var start = new ProcessStartInfo("redis-server", ["--port", port, "--bind", "127.0.0.1", "--save", "", "--appendonly", _isKept ? "yes" : "no", "--appendfsync", "everysec", "--dir", _directory])
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
        var waited = Stopwatch.StartNew();
        while (!Answers())
        {
            if (_process.HasExited || waited.Elapsed > s_patience)
            {
                throw new InvalidOperationException("redis-server did not start.");
            }

            Thread.Sleep(20);
        }

        var outside = ConfigurationOptions.Parse($"127.0.0.1:{_port},allowAdmin=true,abortConnect=false");
        outside.ReconnectRetryPolicy = new LinearRetry(50);
        outside.HeartbeatInterval = TimeSpan.FromMilliseconds(50);
        _connection ??= ConnectionMultiplexer.Connect(outside);
        while (!_connection.IsConnected)
        {
            Thread.Sleep(20);
        }
    }

    /// <summary>Forgets everything.</summary>
    public void Flush() => Database.Execute("FLUSHALL");

    /// <summary>Ends the server at once, as a crash would.</summary>
    public void Kill()
    {
        _process!.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }

    /// <summary>Stops it where it stands with SIGSTOP: connections stay open, and nothing is answered.</summary>
    public void Freeze() => Signal("STOP");

    /// <summary>Lets it go on.</summary>
    public void Resume() => Signal("CONT");

    /// <inheritdoc/>
    public void Dispose()
    {
        _connection?.Dispose();
        Kill();
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
            client.Connect(IPAddress.Loopback, _port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
