using System.Security.Cryptography;
using CrossProvince.Contracts.Licences.V1;
using Google.Protobuf;

namespace CrossProvince.Cli.Licences;

/// <summary>The account of one import: what the node has dealt with, what it refused, and from where another run would go on.</summary>
/// <param name="tell">Told of each refused line.</param>
internal sealed class ImportAccount(Action<RefusedLine> tell) : IDisposable
{
    /// <summary>Refused lines that are kept in memory for the result in JSON; the report has all of them.</summary>
    internal const int MostListed = 1_000;

    private static readonly TimeSpan s_between = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly List<RefusedLine> _refused = [];
    private ImportProgress _before = new() { Node = "" };
    private ImportLicencesResponse _answer = new();
    private long _unreadable;
    private FileStream? _read;
    private IncrementalHash? _hash;
    private long _hashed;
    private string? _file;
    private RefusedReport? _report;
    private long _kept = Environment.TickCount64;

    /// <summary>How far the file was dealt with.</summary>
    internal ImportPosition Reached { get; private set; }

    /// <summary>The counts so far, those of an earlier run included; lines it counts are durable. Of the refused lines it names the first.</summary>
    internal ImportLicencesResponse Total
    {
        get
        {
            lock (_lock)
            {
                return new ImportLicencesResponse
                {
                    Lines = _before.Lines + _answer.Lines + _unreadable,
                    Created = _before.Created + _answer.Created,
                    Updated = _before.Updated + _answer.Updated,
                    Unchanged = _before.Unchanged + _answer.Unchanged,
                    RefusedCount = _before.Refused + _answer.RefusedCount + _unreadable,
                    Refused = { _refused },
                    LastSeq = Math.Max(_before.LastSeq, _answer.LastSeq),
                    LastHash = _answer.LastHash.IsEmpty ? ByteString.CopyFrom(_before.LastHash) : _answer.LastHash,
                };
            }
        }
    }

    /// <summary>Writes refused lines into a report.</summary>
    internal void Report(RefusedReport report) => _report = report;

    /// <summary>Keeps the progress beside a file from now on.</summary>
    /// <param name="file">The file.</param>
    /// <param name="progress">Where an earlier run ended, or the beginning.</param>
    /// <param name="hash">Of what was dealt with.</param>
    internal void KeepBeside(string file, ImportProgress progress, IncrementalHash hash)
    {
        (_file, _before, _hash, _hashed) = (file, progress, hash, progress.Bytes);
        _read = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 1);
        Reached = new ImportPosition(progress.Line, progress.Bytes);
    }

    /// <summary>Whether another run can go on from where this one ends.</summary>
    internal bool IsKept => _file is not null && Reached.Line > 0;

    /// <summary>Takes in what the node said.</summary>
    /// <param name="answer">The answer; it counts from the beginning of the call.</param>
    internal void Take(ImportLicencesResponse answer)
    {
        lock (_lock)
        {
            _answer = answer;
        }

        foreach (var line in answer.Refused)
        {
            Name(line);
        }
    }

    /// <summary>Takes in that everything up to a line is dealt with.</summary>
    /// <param name="reached">That line.</param>
    /// <param name="fault">Why it cannot be read, if it cannot.</param>
    internal void Reach(ImportPosition reached, RefusedLine? fault = null)
    {
        if (fault is not null)
        {
            lock (_lock)
            {
                _unreadable++;
            }

            Name(fault);
        }

        Reached = reached;
        if (Environment.TickCount64 - _kept > s_between.TotalMilliseconds)
        {
            Keep();
        }
    }

    /// <summary>Keeps the progress now.</summary>
    internal void Keep()
    {
        _kept = Environment.TickCount64;
        if (_file is null || Reached.Line == 0)
        {
            return;
        }

        var reported = _report?.Flush() ?? 0;
        ImportProgress.Append(_hash!, _read!, _hashed, Reached.Bytes);
        _hashed = Reached.Bytes;
        var total = Total;
        (_before with
        {
            Line = Reached.Line,
            Bytes = Reached.Bytes,
            Sha256 = _hash!.GetCurrentHash(),
            Lines = total.Lines,
            Created = total.Created,
            Updated = total.Updated,
            Unchanged = total.Unchanged,
            Refused = total.RefusedCount,
            LastSeq = total.LastSeq,
            LastHash = total.LastHash.ToByteArray(),
            ReportBytes = reported,
        }).Keep(_file);
    }

    /// <summary>Everything is dealt with: there is nothing to go on with.</summary>
    internal void Finish()
    {
        _report?.Flush();
        if (_file is not null)
        {
            File.Delete(ImportProgress.PathOf(_file));
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _read?.Dispose();
        _hash?.Dispose();
        _report?.Dispose();
    }

    private void Name(RefusedLine line)
    {
        _report?.Add(line);
        lock (_lock)
        {
            if (_refused.Count < MostListed)
            {
                _refused.Add(line);
            }
        }

        tell(line);
    }
}
