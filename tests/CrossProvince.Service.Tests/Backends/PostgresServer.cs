using System.Diagnostics;
using System.Globalization;
using CrossProvince.Tests;
using Npgsql;

namespace CrossProvince.Service.Tests.Backends;

/// <summary>A private PostgreSQL server on a free loopback port, started once for the tests that need it and stopped with them.</summary>
/// <remarks>PostgreSQL refuses to run as root: then it runs as the user postgres that its package makes.</remarks>
internal sealed class PostgresServer : IDisposable
{
    private const char Zombie = 'Z';
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);
    private readonly string _directory;
    private readonly string _binaries;
    private readonly bool _isDurable;
    private readonly ServerPlace _place;
    private readonly int _port = FreePort.Next();
    private int _databases;

    private PostgresServer(string binaries, string directory, bool isDurable, ServerPlace place, PostgresServer? primary = null)
    {
        (_binaries, _directory, _isDurable, _place) = (binaries, directory, isDurable, place);
        if (Environment.UserName == "root")
        {
            Run("chown", "postgres", _directory);
        }

        if (primary is not null)
        {
            // Follows the other from the first moment on, and keeps its identity.
            RunAsServer("pg_basebackup", "--pgdata", Data, "--host", _place.Address, "--port", primary.Port, "--username", "postgres", "--checkpoint", "fast", "--write-recovery-conf", "--no-sync");
            Start();
            return;
        }

        // Small segments of the log: a disk that fills up is felt by the log as well as by the tables.
        RunAsServer("initdb", "--pgdata", Data, "--username", "postgres", "--auth", "trust", "--encoding", "UTF8", "--no-sync", "--wal-segsize", isDurable ? "1" : "16");
        if (_place != ServerPlace.Loopback)
        {
            File.AppendAllText(Path.Combine(Data, "pg_hba.conf"), "host all postgres samenet trust\n");
        }

        Start();
    }

    /// <summary>What the server logs; each line begins with the name of the database and a colon.</summary>
    public string LogFile => Path.Combine(Data, "log");

    private string Data => Path.Combine(_directory, "data");

    /// <summary>Starts a server; without PostgreSQL on the machine the tests fail, never skip.</summary>
    public static PostgresServer StartNew() => StartNew(Directory.CreateTempSubdirectory("crossprovince-postgres-").FullName, isDurable: false);

    /// <summary>The same in a folder that is deleted with it.</summary>
    /// <param name="directory">An empty folder.</param>
    /// <param name="isDurable">Whether each commit is flushed to the disk, as its users run it.</param>
    /// <param name="place">Where; loopback when it is not said.</param>
    public static PostgresServer StartNew(string directory, bool isDurable, ServerPlace? place = null)
    {
        var binaries = Directory.Exists("/usr/lib/postgresql")
            ? Directory.GetDirectories("/usr/lib/postgresql").Select(d => Path.Combine(d, "bin")).LastOrDefault(d => File.Exists(Path.Combine(d, "initdb")))
            : null;
        return new PostgresServer(
            binaries ?? throw new InvalidOperationException("PostgreSQL is not installed: run eng/test.sh, which installs it (Debian package postgresql)."), directory, isDurable, place ?? ServerPlace.Loopback);
    }

    /// <summary>Starts a standby of this server.</summary>
    public PostgresServer StartStandby() => new(_binaries, Directory.CreateTempSubdirectory("crossprovince-postgres-").FullName, isDurable: false, _place, this);

    /// <summary>Ends a standby's following: it can be written to from now on.</summary>
    public void Promote() => RunAsServer("pg_ctl", "--pgdata", Data, "--wait", "promote");

    /// <summary>Connection string of a new database.</summary>
    /// <param name="template">The database that it is a copy of, to which nobody is connected; empty when it is not said.</param>
    public string NewDatabase(string template = "template1")
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"test{Interlocked.Increment(ref _databases)}");
        using var server = new NpgsqlConnection($"{ConnectionStringOf("postgres")};Pooling=false");
        server.Open();
        using var create = new NpgsqlCommand($"CREATE DATABASE {name} TEMPLATE {template}", server);
        create.ExecuteNonQuery();
        return ConnectionStringOf(name);
    }

    /// <summary>Writes a database into a file with <c>pg_dump</c>.</summary>
    /// <returns>The file.</returns>
    public string Dump(string connectionString)
    {
        var database = new NpgsqlConnectionStringBuilder(connectionString).Database!;
        var file = Path.Combine(_directory, $"{database}.dump");
        RunAsServer("pg_dump", "--host", _place.Address, "--port", Port, "--username", "postgres", "--format", "custom", "--file", file, database);
        return file;
    }

    /// <summary>Makes a new database of what <see cref="Dump"/> wrote, with <c>pg_restore</c>.</summary>
    /// <returns>Its connection string.</returns>
    public string Restore(string file)
    {
        var connectionString = NewDatabase();
        RunAsServer(
            "pg_restore", "--host", _place.Address, "--port", Port, "--username", "postgres", "--exit-on-error", "--dbname", new NpgsqlConnectionStringBuilder(connectionString).Database!, file);
        return connectionString;
    }

    /// <summary>Starts the server again after <see cref="Kill"/>.</summary>
    /// <remarks>Without <c>fsync</c> it survives every crash but that of the whole machine, and makes databases several times faster. Vacuuming looks into every database once a minute, of which a run makes hundreds.</remarks>
    public void Start() => RunAsServer(
        "pg_ctl", "--pgdata", Data, "--wait", "--log", LogFile, "--options", $"-p {Port} -c unix_socket_directories='' -c listen_addresses={_place.Address} -c max_connections=100 {(_isDurable ? "" : "-c fsync=off -c autovacuum=off")} -c log_line_prefix=%d:", "start");

    /// <summary>Whether its first process runs.</summary>
    public bool IsRunning => File.Exists(ProcessFile) && Processes().Count > 0;

    /// <summary>Ends the server at once, as a crash would: its processes see to it.</summary>
    public void Kill() => RunAsServer("pg_ctl", "--pgdata", Data, "--mode", "immediate", "stop");

    /// <summary>Ends every process of it with SIGKILL; none runs any more when this returns.</summary>
    public void KillHard()
    {
        var processes = Processes();
        Signal("-KILL", processes);
        var waited = Stopwatch.StartNew();
        while (processes.Exists(IsAlive))
        {
            if (waited.Elapsed > s_patience)
            {
                throw new InvalidOperationException("PostgreSQL could not be killed.");
            }

            Thread.Sleep(5);
        }

        // Nobody may have waited for the first process yet, so that its number still counts as taken.
        File.Delete(ProcessFile);
    }

    /// <summary>Asks the server directly, as its administrator.</summary>
    /// <returns>The first value of the first row.</returns>
    public object? Execute(string sql)
    {
        using var server = new NpgsqlConnection($"{ConnectionStringOf("postgres")};Pooling=false");
        server.Open();
        using var command = new NpgsqlCommand(sql, server);
        return command.ExecuteScalar();
    }

    /// <summary>Stops every process of it where it stands with SIGSTOP: connections stay open, and nothing is answered.</summary>
    public void Freeze() => Signal("-STOP", Processes());

    /// <summary>Lets it go on.</summary>
    public void Resume() => Signal("-CONT", Processes());

    /// <inheritdoc/>
    public void Dispose()
    {
        if (IsRunning)
        {
            Resume();
            Kill();
        }

        Directory.Delete(_directory, recursive: true);
    }

    private string ConnectionStringOf(string database) => $"Host={_place.Address};Port={Port};Database={database};Username=postgres;Include Error Detail=false";

    /// <summary>There while the server runs; its first line is the first process.</summary>
    private string ProcessFile => Path.Combine(Data, "postmaster.pid");

    /// <summary>The port that it listens at.</summary>
    public string Port => _port.ToString(CultureInfo.InvariantCulture);

    /// <summary>Each connection has a process of its own, a child of the first.</summary>
    private List<string> Processes()
    {
        var first = File.ReadLines(ProcessFile).First();
        return [.. Directory.GetDirectories("/proc").Select(Path.GetFileName).OfType<string>().Where(id => char.IsAsciiDigit(id[0]) && (id == first || StateOf(id) is var (_, parent) && parent == first) && IsAlive(id))];
    }

    private static bool IsAlive(string id) => StateOf(id) is var (state, _) && state != Zombie;

    /// <summary>"PID (name) STATE PARENT …"; null when there is no such process.</summary>
    private static (char State, string Parent)? StateOf(string id)
    {
        var text = TryRead(Path.Combine("/proc", id, "stat"));
        var fields = text is null ? [] : text[(text.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return fields is [var state, var parent, ..] ? (state[0], parent) : null;
    }

    private void Signal(string signal, List<string> processes)
    {
        if (processes.Count == 0)
        {
            return;
        }

        // One of them may have ended meanwhile: then kill says so, and has reached the others.
        using var kill = Process.Start(new ProcessStartInfo("kill", [signal, .. processes]) { WorkingDirectory = _directory, RedirectStandardError = true })!;
        kill.WaitForExit();
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
        string[] line = [.. _place.Enter, program, .. arguments];
        var start = new ProcessStartInfo(line[0], line[1..]) { WorkingDirectory = _directory, RedirectStandardInput = true };
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        if (!process.WaitForExit(s_patience) || process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} did not succeed.");
        }
    }
}
