using System.Net;
using CrossProvince.Core.Identifiers;
using CrossProvince.Integration.Tests.Processes;

namespace CrossProvince.Faults.Tests.Provinces;

/// <summary>Three provinces and what lies between them: every connection from one to another goes through a relay that is slow and drops connections.</summary>
internal sealed class Country : IAsyncDisposable
{
    private const int RelayPort = 7000;

    private static readonly RegionCode[] s_codes = [RegionCode.Parse("110000"), RegionCode.Parse("120000"), RegionCode.Parse("130000")];

    private readonly List<Province> _provinces = [];
    private readonly ProvinceNet _net;
    private readonly NodeFederation _federation;
    private readonly Relay _relay;

    private Country(RelayWeather weather)
    {
        Weather = weather;
        _net = new ProvinceNet(s_codes.Length);
        _federation = NodeFederation.Create(
            s_codes.Select((code, number) => (code, number)).ToDictionary(province => province.code, province => Province.AddressBehind(RelayPort + province.number)),
            [.. s_codes.Select((_, number) => ProvinceNet.InsideOf(number))]);
        _relay = new Relay(
            weather,
            ProvinceNet.ProvinceOf,
            [.. s_codes.Select((_, number) => new RelayedLine(new IPEndPoint(ProvinceNet.Between, RelayPort + number), new IPEndPoint(ProvinceNet.OutsideOf(number), Province.ApiPort), number))]);
    }

    public IReadOnlyList<Province> Provinces => _provinces;

    /// <summary>What the lines between them do.</summary>
    public RelayWeather Weather { get; }

    /// <summary>Starts all of it.</summary>
    public static async Task<Country> StartAsync(RelayWeather weather)
    {
        var country = new Country(weather);
        try
        {
            country._provinces.AddRange(await Task.WhenAll(s_codes.Select((code, number) => Province.StartAsync(number, code, country._federation))));
            return country;
        }
        catch
        {
            await country.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var province in _provinces)
        {
            await province.DisposeAsync();
        }

        await _relay.DisposeAsync();
        _federation.Dispose();
        _net.Dispose();
    }
}
