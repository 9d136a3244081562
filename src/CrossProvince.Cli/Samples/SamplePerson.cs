namespace CrossProvince.Cli.Samples;

/// <summary>A made-up natural person.</summary>
/// <param name="Name">Full name.</param>
/// <param name="Code">Citizen number, well formed.</param>
/// <param name="BirthDate">Birth date, as in the number.</param>
/// <param name="IsMale">Sex, as in the number.</param>
/// <param name="Address">Address.</param>
internal sealed record SamplePerson(string Name, string Code, DateOnly BirthDate, bool IsMale, string Address)
{
    /// <summary>The person as a party of a licence.</summary>
    public SampleParty Party => new(Name, Code, "111");

    /// <summary>男 or 女.</summary>
    public string Sex => IsMale ? "男" : "女";

    /// <summary>Whole years lived on a day.</summary>
    public int AgeOn(DateOnly day) => day.Year - BirthDate.Year - (BirthDate > day.AddYears(BirthDate.Year - day.Year) ? 1 : 0);
}
