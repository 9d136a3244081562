namespace CrossProvince.Service.Licences;

/// <summary>What an import made of one line.</summary>
internal enum ImportOutcome
{
    Created,
    Updated,
    Unchanged,
}
