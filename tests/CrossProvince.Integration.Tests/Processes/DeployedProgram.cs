namespace CrossProvince.Integration.Tests.Processes;

/// <summary>The program that tests run as a process of its own.</summary>
internal static class DeployedProgram
{
    /// <summary>
    /// Its file: <c>CROSSPROVINCE_PROGRAM</c>, which <c>eng/test.sh</c> sets to the program as it is deployed, or else the one built with the tests.
    /// </summary>
    public static string File { get; } = Environment.GetEnvironmentVariable("CROSSPROVINCE_PROGRAM") is { Length: > 0 } deployed
        ? Path.GetFullPath(deployed)
        : Path.Combine(AppContext.BaseDirectory, "crossprovince.dll");
}
