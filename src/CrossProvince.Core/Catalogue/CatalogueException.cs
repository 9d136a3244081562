namespace CrossProvince.Core.Catalogue;

/// <summary>The catalogue is wrong; the message lists every error, one a line.</summary>
public sealed class CatalogueException : Exception
{
    /// <summary>Makes the exception of a list of errors.</summary>
    /// <param name="errors">Errors as <c>file:line: reason</c>.</param>
    public CatalogueException(IReadOnlyList<string> errors)
        : base(string.Join('\n', errors))
    {
        Errors = errors;
    }

    /// <summary>Errors as <c>file:line: reason</c>, lines counted from 1.</summary>
    public IReadOnlyList<string> Errors { get; }
}
