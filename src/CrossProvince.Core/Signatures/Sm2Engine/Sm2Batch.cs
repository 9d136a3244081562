using System.Runtime.CompilerServices;

namespace CrossProvince.Core.Signatures.Sm2Engine;

/// <summary>Gathers signatures of SM2 and decides them in groups; all of it on the stack.</summary>
internal ref struct Sm2Batch
{
    /// <summary>How many signatures are gathered before they are decided.</summary>
    private const int Capacity = 16;

    private readonly ISm2Engine _engine;
    private readonly KeyTables _tables;
    private readonly Span<bool> _results;
    private readonly long _round;
    private Gathered _gathered;
    private int _count;

    /// <summary>Begins a batch.</summary>
    /// <param name="engine">Decides.</param>
    /// <param name="tables">Gives each key its table.</param>
    /// <param name="results">Receives the answers.</param>
    public Sm2Batch(ISm2Engine engine, KeyTables tables, Span<bool> results)
    {
        _engine = engine;
        _tables = tables;
        _results = results;
        _round = tables.NextRound();
    }

    /// <summary>Takes a signature in; its answer stands in the results after <see cref="Finish"/>.</summary>
    /// <param name="item">A signature of SM2 whose r and s were checked to be in range.</param>
    /// <param name="place">Where among the results its answer goes.</param>
    public void Add(in SignedMessage item, int place)
    {
        _gathered[_count++] = new Pending(item, _tables.Get(item.Key, _round), place);
        if (_count == Capacity)
        {
            Finish();
        }
    }

    /// <summary>Decides what was gathered.</summary>
    [SkipLocalsInit]
    public void Finish()
    {
        Span<byte> hash = stackalloc byte[Sm3.HashSize];
        Claims claims = default;
        for (var i = 0; i < _count; i++)
        {
            ref readonly var pending = ref _gathered[i];
            Sm3.Hash(pending.Table.IdentityHash, pending.Item.Message.Span, hash);
            claims[i] = new Sm2Claim(Sm2Equation.Of(pending.Item.Signature.Span, hash), pending.Table.Multiples);
        }

        Span<bool> holds = stackalloc bool[Capacity];
        _engine.Decide(claims[.._count], holds[.._count]);
        for (var i = 0; i < _count; i++)
        {
            _results[_gathered[i].Place] = holds[i];
        }

        _count = 0;
    }

    private readonly record struct Pending(SignedMessage Item, KeyTable Table, int Place);

    [InlineArray(Capacity)]
    private struct Claims
    {
        private Sm2Claim _first;
    }

    [InlineArray(Capacity)]
    private struct Gathered
    {
        private Pending _first;
    }
}
