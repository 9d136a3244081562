using System.Diagnostics;
using System.Globalization;
using CrossProvince.Tests;
using Npgsql;

namespace CrossProvince.Service.Tests.Backends;

/// <summary>A private PostgreSQL server on a free loopback port, started once for the tests that need it and stopped with them.</summary>
/// <remarks>PostgreSQL refuses to run as root: then it runs as the user postgres that its package makes.</remarks>
internal sealed class PostgresServer : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);
    private readonly string _directory = Directory.CreateTempSubdirectory("crossprovince-postgres-").FullName;
    private readonly string _binaries;
    private readonly int _port = FreePort.Next();
    private int _databases;

    private PostgresServer(string binaries, PostgresServer? primary = null)
    {
        _binaries = binaries;
        if (Environment.UserName == "root")
        {
            Run("chown", "postgres", _directory);
        }

        if (primary is not null)
        {
            // Follows the other from the first moment on, and keeps its identity.
            RunAsServer("pg_basebackup", "--pgdata", Data, "--host", "127.0.0.1", "--port", primary.Port, "--username", "postgres", "--checkpoint", "fast", "--write-recovery-conf", "--no-sync");
            Start();
            return;
        }

        RunAsServer("initdb", "--pgdata", Data, "--username", "postgres", "--auth", "trust", "--encoding", "UTF8", "--no-sync");
        Start();
    }

    /// <summary>What the server logs; each line begins with the name of the database and a colon.</summary>
    public string LogFile => Path.Combine(Data, "log");

    private string Data => Path.Combine(_directory, "data");

    /// <summary>Starts a server; without PostgreSQL on the machine the tests fail, never skip.</summary>
    public static PostgresServer StartNew()
    {
        var binaries = Directory.Exists("/usr/lib/postgresql")
            ? Directory.GetDirectories("/usr/lib/postgresql").Select(d => Path.Combine(d, "bin")).LastOrDefault(d => File.Exists(Path.Combine(d, "initdb")))
            : null;
        return new PostgresServer(binaries ?? throw new InvalidOperationException("PostgreSQL is not installed: run eng/test.sh, which installs it (Debian package postgresql)."));
    }

    /// <summary>Starts a standby of this server.</summary>
    public PostgresServer StartStandby() => new(_binaries, this);

    /// <summary>Ends a standby's following: it can be written to from now on.</summary>
    public void Promote() => RunAsServer("pg_ctl", "--pgdata", Data, "--wait", "promote");

    /// <summary>Connection string of a new, empty database.</summary>
    public string NewDatabase()
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"test{Interlocked.Increment(ref _databases)}");
        using var server = new NpgsqlConnection($"{ConnectionStringOf("postgres")};Pooling=false");
        server.Open();
        using var create = new NpgsqlCommand($"CREATE DATABASE {name}", server);
        create.ExecuteNonQuery();
        return ConnectionStringOf(name);
    }

    /// <summary>Writes a database into a file with <c>pg_dump</c>.</summary>
    /// <returns>The file.</returns>
    public string Dump(string connectionString)
    {
        var database = new NpgsqlConnectionStringBuilder(connectionString).Database!;
        var file = Path.Combine(_directory, $"{database}.dump");
        RunAsServer("pg_dump", "--host", "127.0.0.1", "--port", Port, "--username", "postgres", "--format", "custom", "--file", file, database);
        return file;
    }

    /// <summary>Makes a new database of what <see cref="Dump"/> wrote, with <c>pg_restore</c>.</summary>
    /// <returns>Its connection string.</returns>
    public string Restore(string file)
    {
        var connectionString = NewDatabase();
        RunAsServer(
            "pg_restore", "--host", "127.0.0.1", "--port", Port, "--username", "postgres", "--exit-on-error", "--dbname", new NpgsqlConnectionStringBuilder(connectionString).Database!, file);
        return connectionString;
    }

    /// <summary>Starts the server again after <see cref="Kill"/>.</summary>
    /// <remarks>Without <c>fsync</c> it survives every crash but that of the whole machine, and makes databases several times faster.</remarks>
    public void Start() => RunAsServer(
        "pg_ctl", "--pgdata", Data, "--wait", "--log", LogFile, "--options", $"-p {Port} -k {Data} -c listen_addresses=127.0.0.1 -c max_connections=100 -c fsync=off -c log_line_prefix=%d:", "start");

    /// <summary>Ends the server at once, as a crash would.</summary>
    public void Kill() => RunAsServer("pg_ctl", "--pgdata", Data, "--mode", "immediate", "stop");

    /// <summary>Stops every process of it where it stands with SIGSTOP: connections stay open, and nothing is answered.</summary>
    public void Freeze() => Signal("-STOP");

    /// <summary>Lets it go on.</summary>
    public void Resume() => Signal("-CONT");

    /// <inheritdoc/>
    public void Dispose()
    {
        if (File.Exists(ProcessFile))
        {
            Resume();
            Kill();
        }

        Directory.Delete(_directory, recursive: true);
    }

    private string ConnectionStringOf(string database) => $"Host=127.0.0.1;Port={Port};Database={database};Username=postgres;Include Error Detail=false";

    /// <summary>There while the server runs; its first line is the first process.</summary>
    private string ProcessFile => Path.Combine(Data, "postmaster.pid");

    /// <summary>The port that it listens at.</summary>
    public string Port => _port.ToString(CultureInfo.InvariantCulture);

    /// <summary>Each connection has a process of its own, a child of the first.</summary>
    private void Signal(string signal)
    {
        var first = File.ReadLines(ProcessFile).First();
        foreach (var status in Directory.GetDirectories("/proc").Select(d => Path.Combine(d, "stat")))
        {
            // "PID (name) state PARENT …"
            var fields = TryRead(status)?.Split(' ') ?? [];
            if (fields is [var id, ..] && (id == first || (fields.Length > 4 && fields[Array.FindLastIndex(fields, f => f.EndsWith(')')) + 2] == first)))
            {
                Run("kill", signal, id);
            }
        }
    }

    private static string? TryRead(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The process is gone, or nothing of ours.
            return null;
        }
    }

    private void RunAsServer(string program, params string[] arguments)
    {
        var path = Path.Combine(_binaries, program);
        if (Environment.UserName == "root")
        {
            Run("runuser", ["-u", "postgres", "--", path, .. arguments]);
        }
        else
        {
            Run(path, arguments);
        }
    }

    private void Run(string program, params string[] arguments)
    {
        // pg_ctl leaves the server behind with its output open: nothing of it may be waited for.
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = _directory, RedirectStandardInput = true };
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        if (!process.WaitForExit(s_patience) || process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} did not succeed.");
        }
    }
}
