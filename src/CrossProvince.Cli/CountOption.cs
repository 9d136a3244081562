using System.CommandLine;
using System.Globalization;

namespace CrossProvince.Cli;

/// <summary>Options that take a whole number within bounds.</summary>
internal static class CountOption
{
    internal static Option<int> Create(Runner runner, string name, string description, int defaultValue, int min = 1, int max = int.MaxValue) => new(name)
    {
        HelpName = "N",
        Description = description,
        DefaultValueFactory = _ => defaultValue,
        CustomParser = result =>
        {
            var text = result.Tokens[0].Value;
            if (!int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) || value < min || value > max)
            {
                result.AddError(runner.Say($"{name} {text} 不是 {min} 至 {max} 的整数。", $"{name} {text} is not a whole number from {min} to {max}."));
            }

            return value;
        },
    };
}
