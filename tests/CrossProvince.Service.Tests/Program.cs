using System.Globalization;
using CrossProvince.Service.Tests.Recording;

// The tests are run by their host. By itself this program is a process that a test kills.
if (args is [SpoolKillTests.Verb, var folder, var life])
{
    await SpoolKillTests.AppendAsync(folder, int.Parse(life, CultureInfo.InvariantCulture));
}
