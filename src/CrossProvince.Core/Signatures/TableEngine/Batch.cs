using System.Runtime.CompilerServices;

namespace CrossProvince.Core.Signatures.TableEngine;

/// <summary>Gathers the signatures of one curve out of a batch and decides them in groups; all of it on the stack.</summary>
internal ref struct Batch<TCurve, TScheme>
    where TCurve : struct, ICurve
    where TScheme : struct, IScheme<TCurve>
{
    private const int Capacity = Group<TCurve>.Capacity;

    private readonly IEngine _engine;
    private readonly KeyTables _tables;
    private readonly long _round;
    private readonly ReadOnlySpan<SignedMessage> _items;
    private readonly Span<bool> _results;
    private Places _places;
    private int _count;

    /// <summary>Begins a batch.</summary>
    /// <param name="engine">Decides.</param>
    /// <param name="tables">Gives each key its table.</param>
    /// <param name="round">What <see cref="KeyTables.NextRound"/> gave.</param>
    /// <param name="items">The signatures of all curves.</param>
    /// <param name="results">Receives the answers, each at the place of its item.</param>
    public Batch(IEngine engine, KeyTables tables, long round, ReadOnlySpan<SignedMessage> items, Span<bool> results)
    {
        _engine = engine;
        _tables = tables;
        _round = round;
        _items = items;
        _results = results;
    }

    /// <summary>Takes a signature in; its answer stands in the results after <see cref="Finish"/>.</summary>
    /// <param name="place">That of an item under a key of this curve, whose r and s were checked to be in range.</param>
    public void Add(int place)
    {
        _places[_count++] = place;
        if (_count == Capacity)
        {
            Finish();
        }
    }

    /// <summary>Decides what was gathered.</summary>
    public void Finish()
    {
        if (_count > 0)
        {
            Decide(_places[.._count]);
            _count = 0;
        }
    }

    [SkipLocalsInit]
    private readonly void Decide(ReadOnlySpan<int> places)
    {
        Tables tables = default;
        for (var i = 0; i < places.Length; i++)
        {
            tables[i] = _tables.Get<TCurve>(_items[places[i]].Key, _round);
        }

        Span<Equation<TCurve>> equations = stackalloc Equation<TCurve>[Capacity];
        TScheme.MakeEquations(new Group<TCurve>(_items, places, tables[..places.Length]), equations[..places.Length]);

        Claims claims = default;
        for (var i = 0; i < places.Length; i++)
        {
            claims[i] = new Claim<TCurve>(equations[i], tables[i].Multiples);
        }

        Span<bool> holds = stackalloc bool[Capacity];
        _engine.Decide<TCurve>(claims[..places.Length], holds[..places.Length]);
        for (var i = 0; i < places.Length; i++)
        {
            _results[places[i]] = holds[i];
        }
    }

    [InlineArray(Capacity)]
    private struct Places
    {
        private int _first;
    }

    [InlineArray(Capacity)]
    private struct Tables
    {
        private KeyTable<TCurve> _first;
    }

    [InlineArray(Capacity)]
    private struct Claims
    {
        private Claim<TCurve> _first;
    }
}
