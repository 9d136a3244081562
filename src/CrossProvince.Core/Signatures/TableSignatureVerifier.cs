using System.Runtime.CompilerServices;
using CrossProvince.Core.Signatures.TableEngine;

namespace CrossProvince.Core.Signatures;

/// <summary>Verifies with tables of multiples of each key, many signatures side by side where the processor can.</summary>
/// <remarks>GB/T 32918.2 (SM2), FIPS 186-5 §6.4.2 and RFC 9864 (ESP256). Handles public data only. Once it has seen a key, it allocates nothing. Safe for concurrent calls.</remarks>
public sealed class TableSignatureVerifier : ISignatureVerifier
{
    /// <summary>Memory for the tables of keys unless told otherwise, in bytes: 256 keys at full speed.</summary>
    public const long DefaultTableBytes = 64L << 20;

    /// <summary>The least memory for the tables of keys, in bytes: 1 MB.</summary>
    public const long LeastTableBytes = 1 << 20;

    private readonly IEngine _engine;
    private readonly KeyTables _tables;

    /// <summary>Prepares a verifier; the first one of a process takes about 50 ms, and so does its first key of ESP256.</summary>
    /// <param name="tableBytes">Memory for the tables of keys, in bytes, at least <see cref="LeastTableBytes"/>. A key takes 832 KB while there is room, else 256 KB, else 32 KB.</param>
    public TableSignatureVerifier(long tableBytes = DefaultTableBytes)
        : this(Engines.Best, tableBytes)
    {
    }

    /// <summary>Prepares a verifier with a given engine.</summary>
    internal TableSignatureVerifier(IEngine engine, long tableBytes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(tableBytes, LeastTableBytes);
        _engine = engine;
        _tables = new KeyTables(tableBytes);
        RuntimeHelpers.RunClassConstructor(typeof(PointTable<Sm2Curve>).TypeHandle);
    }

    /// <inheritdoc/>
    public void VerifyMany(ReadOnlySpan<SignedMessage> items, Span<bool> results)
    {
        if (results.Length < items.Length)
        {
            throw new ArgumentException("There are fewer results than items.", nameof(results));
        }

        var round = _tables.NextRound();
        var sm2 = new Batch<Sm2Curve, Sm2Scheme>(_engine, _tables, round, items, results);
        var esp256 = new Batch<P256Curve, Esp256Scheme>(_engine, _tables, round, items, results);
        for (var i = 0; i < items.Length; i++)
        {
            ref readonly var item = ref items[i];
            var algorithm = item.Key.Algorithm;
            if (!SignatureScalars.AreInRange(algorithm, item.Signature.Span))
            {
                results[i] = false;
            }
            else if (algorithm == SignatureAlgorithm.Sm2)
            {
                sm2.Add(i);
            }
            else
            {
                esp256.Add(i);
            }
        }

        sm2.Finish();
        esp256.Finish();
    }
}
