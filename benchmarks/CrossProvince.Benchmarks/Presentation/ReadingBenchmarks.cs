using BenchmarkDotNet.Attributes;
using CrossProvince.Core.Presentation;
using CrossProvince.Core.Verification;

namespace CrossProvince.Benchmarks.Presentation;

/// <summary>From the text of a scan to the decoded code, signature aside.</summary>
[MemoryDiagnoser]
public class ReadingBenchmarks
{
    private readonly byte[] _buffer = new byte[PresentationMessage.MaxBytes];
    private string _text = "";
    private string _damaged = "";
    private string _truncated = "";
    private byte[] _message = [];

    [GlobalSetup]
    public void SetUp()
    {
        var scene = new Scene();
        _text = scene.Text;
        _message = scene.Message;

        // As a keyboard wedge types a link into a Chinese input method: lower case, spaces, full-width letters.
        _damaged = "https://h.example/v/" + _text.ToLowerInvariant().Replace("cp1", "ＣＰ１ ", StringComparison.Ordinal) + "\r\n";
        _truncated = _text[..^40];
    }

    [Benchmark(Baseline = true)]
    public Verdict Read() => PresentationText.Read(_text, _buffer, out _);

    [Benchmark]
    public Verdict ReadDamaged() => PresentationText.Read(_damaged, _buffer, out _);

    [Benchmark]
    public Verdict ReadTruncated() => PresentationText.Read(_truncated, _buffer, out _);

    [Benchmark]
    public bool Decode() => PresentationMessage.TryDecode(_message, out _);

    [Benchmark]
    public bool ReadAndDecode() =>
        PresentationText.Read(_text, _buffer, out var length) == Verdict.Valid
        && PresentationMessage.TryDecode(_buffer.AsMemory(0, length), out _);
}
