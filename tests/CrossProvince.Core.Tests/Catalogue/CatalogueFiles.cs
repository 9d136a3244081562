using System.Text;
using CrossProvince.Core.Catalogue;

namespace CrossProvince.Core.Tests.Catalogue;

/// <summary>The catalogue that is shipped, and a small one whose lines tests know.</summary>
internal static class CatalogueFiles
{
    public const string Types = """
        {
          "source": "test",
          "compoundSurnames": ["欧阳"],
          "entries": [
            {
              "number": 1, "id": "card",
              "typeCode": "11100000000013127D001",
              "codeSource": "confirmed",
              "source": "test", "names": { "zh": "证", "en": "Card" },
              "fields": [
                { "name": "class", "type": "text", "mask": "none" },
                { "name": "birth_date", "type": "date", "mask": null }
              ],
              "display": {
                "name": { "from": "holder.name", "mask": "name" },
                "number": { "from": "number", "mask": "licence-number" },
                "extra": { "from": "fields.class", "mask": "none" }
              },
              "maxLifetimeSeconds": 120
            },
            {
              "number": 2, "id": "permit",
              "typeCode": "PROVISIONAL0000000002",
              "codeSource": "provisional",
              "source": "test", "names": { "zh": "照", "en": "Permit" },
              "fields": [],
              "display": {
                "name": { "from": "holder.name", "mask": "none" },
                "number": { "from": "holder.code", "mask": "citizen-number" }
              },
              "maxLifetimeSeconds": 600
            }
          ]
        }
        """;

    public const string Scenarios = """
        {
          "source": "test",
          "entries": [
            {
              "number": 1, "id": "check", "names": { "zh": "核", "en": "Check" },
              "types": ["card", "permit"],
              "verifiers": "any-organisation",
              "lifetimeSeconds": 90,
              "use": "once-per-region",
              "offlineUse": "local",
              "discloses": ["number", "fields.class"],
              "requires": ["matter-code"],
              "softSeconds": 60,
              "hardSeconds": 600,
              "source": "test"
            },
            {
              "number": 2, "id": "stop", "names": { "zh": "停", "en": "Stop" },
              "types": ["permit"], "verifiers": "listed", "lifetimeSeconds": 300, "use": "once-everywhere",
              "offlineUse": "none",
              "discloses": [], "requires": [], "softSeconds": null, "hardSeconds": null, "source": "test"
            }
          ]
        }
        """;

    public const string Recognitions = """
        {
          "source": "test",
          "entries": [
            {
              "from": "110000",
              "to": "120000",
              "types": ["card"],
              "scenarios": ["check"],
              "source": "test"
            },
            {
              "from": "120000",
              "to": "110000",
              "types": ["permit"],
              "scenarios": ["check", "stop"],
              "source": "test"
            }
          ]
        }
        """;

    public static LicenceCatalogue Parse(string types = Types, string scenarios = Scenarios, string recognitions = Recognitions) =>
        Parse(Encoding.UTF8.GetBytes(types), Encoding.UTF8.GetBytes(scenarios), Encoding.UTF8.GetBytes(recognitions));

    public static LicenceCatalogue Parse(byte[] types, byte[] scenarios, byte[] recognitions) => LicenceCatalogue.Parse(
        new CatalogueFile("types.json", types),
        new CatalogueFile("scenarios.json", scenarios),
        new CatalogueFile("recognitions.json", recognitions));

    public static LicenceCatalogue ParseShipped() => Parse(ReadShipped("licence-types"), ReadShipped("scenarios"), ReadShipped("recognitions"));

    public static byte[] ReadShipped(string name) => File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "catalogue", name + ".json"));
}
