namespace CrossProvince.Service.Licences;

/// <summary>One line of an import is not taken.</summary>
/// <param name="field">The field at fault; empty when the line as a whole is.</param>
/// <param name="reason">What is wrong and what to do; never a personal value.</param>
internal sealed class LineRefusedException(string field, string reason) : Exception(reason)
{
    public string Field { get; } = field;
}
