namespace CrossProvince.Service.Hosting;

/// <summary>The node cannot start as it is configured.</summary>
/// <param name="setting">The setting at fault, such as <c>Trust:List</c>.</param>
/// <param name="problem">What is wrong and what to do.</param>
public sealed class ConfigurationException(string setting, string problem) : Exception($"{setting} {problem}")
{
    /// <summary>The setting at fault.</summary>
    public string Setting { get; } = setting;
}
