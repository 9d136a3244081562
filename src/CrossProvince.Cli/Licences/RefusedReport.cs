using System.Text.Encodings.Web;
using System.Text.Json;
using CrossProvince.Contracts.Licences.V1;

namespace CrossProvince.Cli.Licences;

/// <summary>The lines that were refused, one JSON text each: <c>{"line":17,"field":"holder.code","reason":"…"}</c>.</summary>
/// <remarks>A line itself stays in the file that was imported, where its number finds it: so the report holds nothing of a person, and can go to whoever mends the source.</remarks>
internal sealed class RefusedReport : IDisposable
{
    private static readonly JsonSerializerOptions s_json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly string _path;
    private FileStream? _stream;

    /// <summary>Begins a report, or goes on with one; a file is made when the first line is refused.</summary>
    /// <param name="path">The file.</param>
    /// <param name="kept">Bytes of it that an earlier run wrote and that stand; what is behind them is written again.</param>
    /// <exception cref="UsageException">The file cannot be written.</exception>
    public RefusedReport(string path, long kept)
    {
        _path = path;
        Guarded(() =>
        {
            if (kept == 0)
            {
                File.Delete(path);
                return;
            }

            _stream = Open();
            _stream.SetLength(Math.Min(kept, _stream.Length));
            _stream.Position = _stream.Length;
        });
    }

    /// <summary>The file.</summary>
    public string Path => _path;

    /// <summary>Adds a line.</summary>
    /// <exception cref="UsageException">The file cannot be written.</exception>
    public void Add(RefusedLine line) => Guarded(() =>
    {
        _stream ??= Open();
        JsonSerializer.Serialize(_stream, new { line = line.LineNumber, field = line.Field, reason = line.Reason }, s_json);
        _stream.WriteByte((byte)'\n');
    });

    /// <summary>Makes what was added durable.</summary>
    /// <returns>Bytes of the report.</returns>
    public long Flush()
    {
        Guarded(() => _stream?.Flush(flushToDisk: true));
        return _stream?.Length ?? 0;
    }

    /// <inheritdoc/>
    public void Dispose() => _stream?.Dispose();

    private FileStream Open() => new(_path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read);

    private void Guarded(Action write)
    {
        try
        {
            write();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"无法写入拒绝行报告 {_path}：{e.Message}（可用 --report 另行指定）", $"The report of refused lines {_path} can't be written: {e.Message} (name another with --report)");
        }
    }
}
