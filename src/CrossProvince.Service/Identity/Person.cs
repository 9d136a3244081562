namespace CrossProvince.Service.Identity;

/// <summary>A natural or legal person, by its code. The same code of another type is another person.</summary>
/// <param name="Code">Such as a citizen number.</param>
/// <param name="CodeType">Kind of code by GB/T 36903, three digits: 111 citizen number, 001 unified social credit code, …</param>
internal readonly record struct Person(string Code, string CodeType)
{
    /// <summary>Nothing of a person may come into a log by accident.</summary>
    public override string ToString() => CodeType;
}
