using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Status;
using CrossProvince.Service.Storage.Sealing;

namespace CrossProvince.Service.Licences;

/// <summary>One row of <c>licences</c>: a property a column, of the column's name. The only place where a licence becomes columns, and columns a licence.</summary>
internal sealed class LicenceRow
{
    public long LicenceRowNumber { get; init; }

    /// <summary>Keyed hash of the licence's identifier.</summary>
    public byte[] LicenceHash { get; init; } = [];

    public long TypeNumber { get; init; }

    /// <summary>Keyed hash of the holder.</summary>
    public byte[] HolderHash { get; init; } = [];

    public string IssuerName { get; init; } = "";

    public string IssuerCode { get; init; } = "";

    public long IssuedOn { get; init; }

    public long ValidFrom { get; init; }

    public long? ValidUntil { get; init; }

    public string StatusRaw { get; init; } = "";

    /// <summary>Sealed; empty when there is none.</summary>
    public byte[] StatusNote { get; init; } = [];

    /// <summary><see cref="PersonalFields"/>, sealed.</summary>
    public byte[] Sealed { get; init; } = [];

    public byte[] Display { get; init; } = [];

    public long ListNumber { get; init; }

    public long ListIndex { get; init; }

    public long Status { get; init; }

    public long ReasonCode { get; init; }

    public byte[] Tag { get; init; } = [];

    public long LastSeq { get; init; }

    /// <summary>The row of a licence, sealed by the current keys.</summary>
    /// <param name="licence">The licence.</param>
    /// <param name="keys">The keys.</param>
    /// <param name="hashes">Keyed hashes of identifiers that are known already.</param>
    public static LicenceRow Of(StoredLicence licence, KeyRing keys, IReadOnlyDictionary<string, byte[]> hashes)
    {
        var record = licence.Record;
        var personal = PersonalFields.Of(record);
        return new LicenceRow
        {
            LicenceRowNumber = licence.Row,
            LicenceHash = hashes.GetValueOrDefault(personal.LicenceId) ?? keys.HashOf(personal.LicenceId),
            TypeNumber = record.TypeNumber,
            HolderHash = keys.HashOf(record.Holder.Person),
            IssuerName = record.Issuer.Name,
            IssuerCode = record.Issuer.Code,
            IssuedOn = record.IssuedOn,
            ValidFrom = record.ValidFrom,
            ValidUntil = record.ValidUntil,
            StatusRaw = record.Status.Name(),
            StatusNote = keys.SealText(SealedPlace.StatusNote(licence.Row), licence.StatusNote),
            Sealed = keys.Seal(SealedPlace.Licence(licence.Row), personal.Encode()),
            Display = record.Display.Encode(),
            ListNumber = licence.List,
            ListIndex = licence.Index,
            Status = (int)licence.Status,
            ReasonCode = (int)licence.Reason,
            Tag = licence.Tag.ToBytes(),
            LastSeq = licence.LastSeq,
        };
    }

    /// <summary>The hashes in <c>licence_parties</c> by which guardians and agents find a licence, each once.</summary>
    public static IEnumerable<byte[]> PartyHashesOf(IReadOnlyList<Party> guardians, IReadOnlyList<Party> agents, KeyRing keys) =>
        guardians.Count + agents.Count == 0 ? [] : guardians.Concat(agents).Select(party => party.Person).Distinct().Select(keys.HashOf);

    /// <summary>The licence of the row.</summary>
    /// <exception cref="SealedDataException">It cannot be opened.</exception>
    /// <exception cref="InvalidDataException">What is not sealed is damaged.</exception>
    public StoredLicence Open(KeyRing keys)
    {
        var personal = OpenPersonal(keys);
        if (!LicenceId.TryParse(personal.LicenceId, out var id)
            || !Core.Presentation.Display.TryDecode(Display, out var display)
            || !NormalisedStatuses.TryParse(StatusRaw, out var raw))
        {
            throw new InvalidDataException("A licence row in the database is damaged: its identifier, display or status cannot be read.");
        }

        return new StoredLicence
        {
            Row = LicenceRowNumber,
            Record = new LicenceRecord
            {
                Id = id,
                TypeNumber = (int)TypeNumber,
                Number = personal.Number,
                Holder = personal.Holder,
                Issuer = new Party(IssuerName, IssuerCode, "001"),
                IssuedOn = (int)IssuedOn,
                ValidFrom = (int)ValidFrom,
                ValidUntil = (int?)ValidUntil,
                Status = raw,
                Fields = personal.Fields,
                Guardians = personal.Guardians,
                Agents = personal.Agents,
                Display = display,
            },
            StatusNote = keys.OpenText(SealedPlace.StatusNote(LicenceRowNumber), StatusNote),
            List = (int)ListNumber,
            Index = (int)ListIndex,
            Status = (LicenceStatus)Status,
            Reason = (StatusReason)ReasonCode,
            Tag = EntryTag.FromBytes(Tag),
            LastSeq = LastSeq,
        };
    }

    /// <summary>What is sealed in the row.</summary>
    /// <exception cref="SealedDataException">It cannot be opened.</exception>
    public PersonalFields OpenPersonal(KeyRing keys) => PersonalFields.Decode(keys.Open(SealedPlace.Licence(LicenceRowNumber), Sealed));
}
