namespace CrossProvince.Service.Recording;

/// <summary>Records on their way into the database: their rows in one piece, as PostgreSQL's binary COPY takes them.</summary>
internal sealed class RecordBatch
{
    private readonly byte[] _rows;
    private readonly int[] _ends;
    private readonly int _from;

    private RecordBatch(byte[] rows, int[] ends, int from, int count) => (_rows, _ends, _from, Count) = (rows, ends, from, count);

    public int Count { get; }

    /// <summary>All rows.</summary>
    public ReadOnlyMemory<byte> Rows => _rows.AsMemory(Start(0), _ends[_from + Count - 1] - Start(0));

    /// <summary>One record.</summary>
    public Verifying.VerificationRecord Read(int i) => RecordFormat.ReadRow(Row(i));

    /// <summary>One record as it lies.</summary>
    public ReadOnlySpan<byte> Row(int i) => _rows.AsSpan(Start(i), _ends[_from + i] - Start(i));

    /// <summary>The first and the second half, in order.</summary>
    public (RecordBatch First, RecordBatch Second) Halve() =>
        (new(_rows, _ends, _from, Count / 2), new(_rows, _ends, _from + (Count / 2), Count - (Count / 2)));

    private int Start(int i) => _from + i == 0 ? 0 : _ends[_from + i - 1];

    /// <summary>Collects a batch; used again for the next.</summary>
    internal sealed class Builder(int mostRecords)
    {
        private const int MostBytes = 4 * 1024 * 1024;

        private readonly byte[] _rows = new byte[MostBytes + SpoolFrame.LongestBody];
        private readonly int[] _ends = new int[mostRecords];
        private int _length;

        public int Count { get; private set; }

        public bool IsFull => Count == mostRecords || _length >= MostBytes;

        public void Clear() => (_length, Count) = (0, 0);

        /// <summary>Takes in a record.</summary>
        /// <param name="body">As the spool keeps it.</param>
        public void Add(ReadOnlySpan<byte> body)
        {
            body[RecordFormat.Prefix..].CopyTo(_rows.AsSpan(_length));
            _length += body.Length - RecordFormat.Prefix;
            _ends[Count++] = _length;
        }

        /// <summary>The batch, good until the next <see cref="Clear"/>.</summary>
        public RecordBatch Build() => new(_rows, _ends, 0, Count);
    }
}
