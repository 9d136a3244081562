using System.Numerics;
using System.Runtime.CompilerServices;
using CrossProvince.Core.Signatures.Hashing;

namespace CrossProvince.Core.Signatures.TableEngine;

/// <summary>Gathers signatures of SM2, hashes their messages and decides them in groups; all of it on the stack.</summary>
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
        Span<byte> hashes = stackalloc byte[Capacity * Sm3.HashSize];
        HashAll(hashes);
        Claims claims = default;
        for (var i = 0; i < _count; i++)
        {
            ref readonly var pending = ref _gathered[i];
            claims[i] = new Sm2Claim(Sm2Equation.Of(pending.Item.Signature.Span, HashAt(hashes, i)), pending.Table.Multiples);
        }

        Span<bool> holds = stackalloc bool[Capacity];
        _engine.Decide(claims[.._count], holds[.._count]);
        for (var i = 0; i < _count; i++)
        {
            _results[_gathered[i].Place] = holds[i];
        }

        _count = 0;
    }

    private static Span<byte> HashAt(Span<byte> hashes, int i) => hashes.Slice(i * Sm3.HashSize, Sm3.HashSize);

    /// <summary>SM3 of ZA and message of each: those of as many blocks side by side, the others alone.</summary>
    private readonly void HashAll(Span<byte> hashes)
    {
        Span<int> members = stackalloc int[Capacity];
        for (var open = (1u << _count) - 1; open != 0;)
        {
            var size = Sm3.PaddedSize(_gathered[BitOperations.TrailingZeroCount(open)].Length);
            var count = 0;
            for (var rest = open; rest != 0; rest &= rest - 1)
            {
                var i = BitOperations.TrailingZeroCount(rest);
                if (Sm3.PaddedSize(_gathered[i].Length) == size)
                {
                    members[count++] = i;
                    open &= ~(1u << i);
                }
            }

            HashOfOneSize(members[..count], size, hashes);
        }
    }

    /// <summary>Hashes messages of one padded size in as many lanes as fit them, and what is left alone.</summary>
    private readonly void HashOfOneSize(ReadOnlySpan<int> members, int size, Span<byte> hashes)
    {
        while (members.Length > 1 && size <= Sm3Lanes.MaxPaddedSize)
        {
            if (SixteenWords.IsSupported && members.Length > EightWords.Lanes)
            {
                HashTogether<SixteenWords>(ref members, size, hashes);
            }
            else if (EightWords.IsSupported)
            {
                HashTogether<EightWords>(ref members, size, hashes);
            }
            else
            {
                break;
            }
        }

        foreach (var i in members)
        {
            Sm3.Hash(_gathered[i].Table.IdentityHash, _gathered[i].Item.Message.Span, HashAt(hashes, i));
        }
    }

    [SkipLocalsInit]
    private readonly void HashTogether<T>(ref ReadOnlySpan<int> members, int size, Span<byte> hashes)
        where T : unmanaged, IWords<T>
    {
        var together = members[..Math.Min(members.Length, T.Lanes)];
        members = members[together.Length..];

        Span<byte> message = stackalloc byte[Sm3Lanes.MaxPaddedSize];
        Span<byte> lanes = stackalloc byte[Sm3Lanes.MaxPaddedSize * T.Lanes];
        lanes = lanes[..(size * T.Lanes)];
        for (var lane = 0; lane < together.Length; lane++)
        {
            ref readonly var pending = ref _gathered[together[lane]];
            pending.Table.IdentityHash.CopyTo(message);
            pending.Item.Message.Span.CopyTo(message[Sm3.HashSize..]);
            Sm3.Pad(message, pending.Length, pending.Length);
            Sm3Lanes.Place<T>(message[..size], lane, lanes);
        }

        Span<byte> hashed = stackalloc byte[Sm3.HashSize * T.Lanes];
        Sm3Lanes.Hash<T>(lanes, hashed);
        for (var lane = 0; lane < together.Length; lane++)
        {
            Sm3Lanes.Take<T>(hashed, lane, HashAt(hashes, together[lane]));
        }
    }

    private readonly record struct Pending(SignedMessage Item, KeyTable Table, int Place)
    {
        /// <summary>Bytes that are hashed: ZA and message.</summary>
        public int Length => Sm3.HashSize + Item.Message.Length;
    }

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
