using System.Globalization;
using CrossProvince.Core.Catalogue;
using CrossProvince.Core.Identifiers;

namespace CrossProvince.Cli.Samples;

/// <summary>One run of the sample generator: the holders of one region and their licences.</summary>
internal sealed class SampleRegion
{
    private const string Letters = "ABCDEFGHJKLMNPQRSTUVWXYZ";
    private const string Digits = "0123456789";

    /// <summary>Nothing is issued later, so that a run gives the same licences on any day.</summary>
    private static readonly DateOnly s_today = new(2026, 1, 1);

    private readonly LicenceCatalogue _catalogue;
    private readonly int _seed;
    private readonly RegionCode _region;
    private readonly SamplePlaces _places;
    private readonly Random _random;
    private readonly SampleNames _names;
    private readonly HashSet<string> _given = [];
    private int _serial;

    public SampleRegion(LicenceCatalogue catalogue, int seed, RegionCode region)
    {
        _catalogue = catalogue;
        _seed = seed;
        _region = region;
        _places = SamplePlaces.Of(region);
        _random = new Random(unchecked((seed * 397) ^ region.Value));
        _names = new SampleNames(_random);
    }

    /// <summary>The licences, holder by holder.</summary>
    public IEnumerable<SampleLicence> Licences(int holders)
    {
        SamplePerson? adult = null;
        for (var i = 0; i < holders; i++)
        {
            if (i % 15 == 5 && adult is not null)
            {
                var child = MakeChild(adult);
                yield return IdentityCard(child) with { Guardians = [adult.Party] };
                continue;
            }

            adult = MakePerson(_names.Person(i), _random.Next(22, 80), _random.Next(2) == 0);
            foreach (var licence in LicencesOf(adult, i))
            {
                yield return licence;
            }
        }
    }

    /// <summary>An adult's licences; the place in the run decides which, so that a small run has every kind.</summary>
    private IEnumerable<SampleLicence> LicencesOf(SamplePerson person, int i)
    {
        yield return IdentityCard(person);
        if (i % 10 < 6 && person.AgeOn(s_today) < 70)
        {
            yield return DrivingLicence(person, i);
        }

        if (i % 5 < 2)
        {
            yield return VehicleLicence(person);
        }

        if (i % 10 == 0)
        {
            var company = MakeCompany(i / 10);
            yield return BusinessLicence(company, person, i);
            if (i % 30 == 0)
            {
                yield return TransportBusinessPermit(company, person);
            }
        }

        if (i % 12 == 4)
        {
            yield return BirthCertificate(i);
        }

        if (i % 3 == 0)
        {
            yield return SocialSecurityCard(person);
        }

        if (i % 6 == 1)
        {
            yield return ResidencePermit(person);
        }

        if (i % 4 == 2)
        {
            yield return HouseholdRegister(person);
        }

        yield return (i % 7) switch
        {
            0 => RealEstateTitle(person),
            1 => RealEstateRegistration(person),
            2 => TransportWorkerQualification(person),
            3 => TransportPermit(person),
            4 => RideHailingLicence(person),
            5 => ConstructionSafetyCertificate(person),
            _ => SpecialOperationsCertificate(person),
        };
    }

    private SampleLicence IdentityCard(SamplePerson person)
    {
        var issued = RecentDay(person.BirthDate);
        DateOnly? until = person.AgeOn(issued) switch
        {
            < 16 => issued.AddYears(5),
            < 26 => issued.AddYears(10),
            < 46 => issued.AddYears(20),
            _ => null,
        };
        return Make("identity-card", person.Code, person.Party, issued, until, new()
        {
            ["sex"] = person.Sex,
            ["ethnicity"] = person.Name.Contains('·', StringComparison.Ordinal) ? "维吾尔" : "汉",
            ["birth_date"] = Iso(person.BirthDate),
            ["address"] = person.Address,
        });
    }

    /// <summary>Of each 30, one has expired; of each 50, one is suspended.</summary>
    private SampleLicence DrivingLicence(SamplePerson person, int i)
    {
        var expired = i % 30 == 23 && person.AgeOn(s_today) >= 35;
        var issued = expired ? RecentDay().AddYears(-12) : RecentDay(person.BirthDate.AddYears(18));
        var licence = Make("driving-licence", person.Code, person.Party, issued, issued.AddYears(expired ? 6 : 10), new()
        {
            ["vehicle_class"] = Pick("C1", "C2", "B2", "A1A2", "C1D"),
            ["first_issued_on"] = Iso(issued),
            ["address"] = person.Address,
            ["file_number"] = Unused(12, Digits),
        });
        return i % 50 == 41 ? licence with { Status = "suspended" } : licence;
    }

    private SampleLicence VehicleLicence(SamplePerson person)
    {
        var issued = RecentDay();
        return Make("vehicle-licence", Plate(), person.Party, issued, null, new()
        {
            ["plate_type"] = "小型汽车",
            ["vehicle_type"] = Pick("小型轿车", "小型普通客车", "轻型厢式货车"),
            ["use_character"] = Pick("非营运", "营转非", "预约出租客运"),
            ["model"] = $"样本牌YB{_random.Next(1000, 9999)}",
            ["identification_number"] = "L" + Unused(16, "ABCDEFGHJKLMNPRSTUVWXYZ" + Digits),
            ["engine_number"] = Unused(8, Letters + Digits),
            ["registered_on"] = Iso(issued),
        });
    }

    /// <summary>Of each 50 holders, one company's licence is revoked.</summary>
    private SampleLicence BusinessLicence(SampleParty company, SamplePerson agent, int i)
    {
        var issued = RecentDay();
        var licence = Make("business-licence", company.Code, company, issued, null, new()
        {
            ["company_type"] = "有限责任公司",
            ["legal_representative"] = agent.Name,
            ["registered_capital"] = $"{_random.Next(10, 5000)}万元人民币",
            ["established_on"] = Iso(issued),
            ["business_scope"] = "一般项目：技术服务；货物运输。",
            ["address"] = agent.Address,
        });
        return licence with { Agents = [agent.Party], Status = i % 50 == 40 ? "revoked" : "valid" };
    }

    private SampleLicence TransportBusinessPermit(SampleParty company, SamplePerson agent)
    {
        var issued = RecentDay();
        var licence = Make("road-transport-business-permit", Unused(12, Digits), company, issued, issued.AddYears(8), new()
        {
            ["business_scope"] = "道路普通货物运输",
            ["address"] = agent.Address,
        });
        return licence with { Agents = [agent.Party] };
    }

    /// <summary>A newborn has no citizen number: it is known by its certificate (GB/T 36903 code type 999) and shown by its parents.</summary>
    private SampleLicence BirthCertificate(int i)
    {
        var mother = MakePerson(_names.Person(i), _random.Next(24, 40), isMale: false);
        var father = MakePerson(_names.Person(0), _random.Next(24, 45), isMale: true);
        var issued = RecentDay();
        var number = $"{Pick("P", "Q", "R")}{Unused(9, Digits)}";
        var licence = Make("birth-certificate", number, new SampleParty(_names.Child(father), number, "999"), issued, null, new()
        {
            ["sex"] = Pick("男", "女"),
            ["birth_date"] = Iso(issued.AddDays(-_random.Next(1, 20))),
            ["birth_place"] = mother.Address,
            ["mother_name"] = mother.Name,
            ["mother_code"] = mother.Code,
            ["father_name"] = father.Name,
            ["father_code"] = father.Code,
        });
        return licence with { Guardians = [mother.Party, father.Party] };
    }

    private SampleLicence SocialSecurityCard(SamplePerson person)
    {
        var issued = RecentDay();
        return Make("social-security-card", person.Code, person.Party, issued, issued.AddYears(10), new()
        {
            ["card_number"] = Unused(9, Letters + Digits),
            ["bank"] = "样本银行",
        });
    }

    private SampleLicence ResidencePermit(SamplePerson person)
    {
        var issued = RecentDay();
        return Make("residence-permit", person.Code, person.Party, issued, issued.AddYears(5), new()
        {
            ["address"] = person.Address,
            ["permanent_address"] = person.Address,
        });
    }

    private SampleLicence HouseholdRegister(SamplePerson person) =>
        Make("household-register", Unused(9, Digits), person.Party, RecentDay(), null, new()
        {
            ["household_type"] = "家庭户",
            ["head_of_household"] = person.Name,
            ["relation_to_head"] = "户主",
            ["address"] = person.Address,
        });

    private SampleLicence RealEstateTitle(SamplePerson person) =>
        Make("real-estate-title", $"{_places.Plate}(2025)样本不动产权第{Unused(7, Digits)}号", person.Party, RecentDay(), null, new()
        {
            ["unit_number"] = Unused(19, Digits),
            ["address"] = person.Address,
            ["usage"] = "住宅",
            ["area"] = $"{_random.Next(40, 200)}平方米",
        });

    private SampleLicence RealEstateRegistration(SamplePerson person) =>
        Make("real-estate-registration", $"{_places.Plate}(2025)样本不动产证明第{Unused(7, Digits)}号", person.Party, RecentDay(), null, new()
        {
            ["unit_number"] = Unused(19, Digits),
            ["right"] = "抵押权",
            ["obligor"] = person.Name,
            ["address"] = person.Address,
        });

    private SampleLicence TransportWorkerQualification(SamplePerson person)
    {
        var issued = RecentDay();
        return Make("road-transport-worker-qualification", person.Code, person.Party, issued, issued.AddYears(6), new()
        {
            ["category"] = Pick("道路旅客运输驾驶员", "道路货物运输驾驶员"),
            ["first_issued_on"] = Iso(issued),
        });
    }

    private SampleLicence TransportPermit(SamplePerson person)
    {
        var issued = RecentDay();
        return Make("road-transport-permit", Unused(12, Digits), person.Party, issued, issued.AddYears(6), new()
        {
            ["plate_number"] = Plate(),
            ["vehicle_type"] = "重型半挂牵引车",
            ["business_scope"] = "道路普通货物运输",
        });
    }

    private SampleLicence RideHailingLicence(SamplePerson person)
    {
        var issued = RecentDay();
        return Make("ride-hailing-driver-licence", person.Code, person.Party, issued, issued.AddYears(6), new()
        {
            ["category"] = "网络预约出租汽车驾驶员",
            ["service_area"] = _places.Name,
        });
    }

    private SampleLicence ConstructionSafetyCertificate(SamplePerson person)
    {
        var issued = RecentDay();
        return Make("construction-safety-certificate", $"{_places.Plate}建安{Pick("A", "B", "C")}({issued.Year}){Unused(7, Digits)}", person.Party, issued, issued.AddYears(3), new()
        {
            ["category"] = Pick("企业主要负责人", "项目负责人", "专职安全生产管理人员"),
            ["employer"] = _names.Company(1, _places.Name),
        });
    }

    private SampleLicence SpecialOperationsCertificate(SamplePerson person)
    {
        var issued = RecentDay();
        return Make("special-operations-certificate", $"{_places.Plate}0{_random.Next(1, 9)}{Unused(10, Digits)}", person.Party, issued, issued.AddYears(6), new()
        {
            ["category"] = Pick("建筑电工", "建筑架子工", "建筑起重机械司机"),
            ["first_issued_on"] = Iso(issued),
        });
    }

    private SampleLicence Make(string type, string number, SampleParty holder, DateOnly issued, DateOnly? until, Dictionary<string, string> fields)
    {
        var typeCode = _catalogue.FindType(type)!.TypeCode;
        var issuer = SampleIssuers.For(_region, type);
        var id = LicenceId.Create(typeCode, issuer.Code, $"{_seed:X8}{++_serial:D8}", 1);
        return new SampleLicence(id.ToString(), typeCode, number, holder, issuer, issued, issued, until, "valid", fields, [], []);
    }

    private SamplePerson MakePerson(string name, int age, bool isMale)
    {
        var birth = s_today.AddYears(-age).AddDays(-_random.Next(1, 365));
        var (county, place) = _places.Counties[_random.Next(_places.Counties.Count)];
        string code;
        do
        {
            var first17 = string.Create(CultureInfo.InvariantCulture, $"{county}{birth:yyyyMMdd}{_random.Next(100):D2}{(_random.Next(5) * 2) + (isMale ? 1 : 0)}");
            code = first17 + CitizenNumber.CheckDigit(first17);
            birth = birth.AddDays(-1);
        }
        while (!_given.Add(code));

        return new SamplePerson(name, code, birth.AddDays(1), isMale, $"{place}样本路{_random.Next(1, 999)}号");
    }

    /// <summary>A child at least 20 years younger than the adult, at most 17 years old.</summary>
    private SamplePerson MakeChild(SamplePerson adult) =>
        MakePerson(_names.Child(adult), _random.Next(0, Math.Clamp(adult.AgeOn(s_today) - 21, 1, 17)), _random.Next(2) == 0);

    private SampleParty MakeCompany(int position)
    {
        // Three X say that the company is made up.
        var (county, _) = _places.Counties[_random.Next(_places.Counties.Count)];
        string first17;
        do
        {
            first17 = $"91{county}XXX{_random.Next(1_000_000):D6}";
        }
        while (!_given.Add(first17));

        return new SampleParty(_names.Company(position, _places.Name), first17 + SocialCreditCode.CheckCharacter(first17), "001");
    }

    private string Plate() => $"{_places.Plate}{Pick("A", "B", "C")}{Unused(5, Letters + Digits)}";

    /// <summary>A day of the two years before today, not before the first allowed one.</summary>
    private DateOnly RecentDay(DateOnly first = default)
    {
        var start = s_today.AddYears(-2);
        start = first > start ? first : start;
        return start.AddDays(_random.Next(1, s_today.DayNumber - start.DayNumber + 1));
    }

    /// <summary>A text that this run has not used before.</summary>
    private string Unused(int length, string alphabet)
    {
        string text;
        do
        {
            text = string.Create(length, (_random, alphabet), static (span, state) =>
            {
                foreach (ref var c in span)
                {
                    c = state.alphabet[state._random.Next(state.alphabet.Length)];
                }
            });
        }
        while (!_given.Add(text));

        return text;
    }

    private string Pick(params ReadOnlySpan<string> choices) => choices[_random.Next(choices.Length)];

    private static string Iso(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
