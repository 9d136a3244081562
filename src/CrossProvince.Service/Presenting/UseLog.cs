using System.Data.Common;
using System.Globalization;
using System.Text.Json;
using CrossProvince.Contracts.Presentation.V1;
using CrossProvince.Core.Catalogue;
using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Verification;
using CrossProvince.Service.Hosting;
using CrossProvince.Service.Identity;
using CrossProvince.Service.Licences;
using CrossProvince.Service.Recording;
using CrossProvince.Service.Storage;
using CrossProvince.Service.Storage.Sealing;
using Dapper;
using Google.Protobuf.WellKnownTypes;

namespace CrossProvince.Service.Presenting;

/// <summary>Where a page of uses begins: before this verification.</summary>
internal readonly record struct UsePage(long Time, string VerificationId)
{
    public static bool TryParse(string token, out UsePage page)
    {
        page = new UsePage(long.MaxValue, "");
        if (token.Length == 0)
        {
            return true;
        }

        var parts = token.Split('-');
        if (parts.Length != 2 || !long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var time) || parts[1].Length != 32)
        {
            return false;
        }

        page = new UsePage(time, parts[1]);
        return true;
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Time}-{VerificationId}");
}

/// <summary>Who verified a person's licences, here and in other regions.</summary>
internal sealed class UseLog(Database database, VerificationSpool spool, KeyRing keys, LicenceCatalogue catalogue, PartnerFile partners, NodeSettings node)
{
    private static readonly PartnerNames s_noNames = new("", "");

    /// <summary>What another region verifies it asks about at once; the rest is for clocks. Milliseconds.</summary>
    private const long AskedWithin = 120_000;

    private readonly string _usesOf = UsesOf(keys, node.Region);

    private readonly string _namesOf = $"""
        SELECT t.verification_id, t.verifier_region, t.name_zh, t.name_en
        FROM {database.EachOf("uses", "reported_uses", $"""
            t.verification_id = r.value ->> 'id' AND t.verifier_region = CAST(r.value ->> 'region' AS INTEGER)
            AND t.time > CAST(r.value ->> 'time' AS BIGINT) - {AskedWithin} AND t.time < CAST(r.value ->> 'time' AS BIGINT) + {AskedWithin}
            """)}
        """;

    // The entries a person's licences have or had; verifications name entries only. The region stands in the text, as it does in the index (OwnEntries). What another region has reported, and this one was asked about in the same verification, is
    // one use: the own record stands, since it says what was given. A count in a condition of its own, for a planner makes a join of anything else and reads whole months.
    internal static string UsesOf(KeyRing keys, RegionCode own) => $"""
        SELECT v.verification_id, v.time, e.licence_row, l.sealed, v.verifier_region, v.caller, v.on_behalf_of, v.terminal_id, v.scenario, v.verdict, v.presenter, v.disclosed,
               v.request_id, '' AS name_zh, '' AS name_en
        FROM verifications v
        JOIN list_entries e ON e.list_number = v.list_number AND e.list_index = v.list_index
        JOIN licences l ON l.licence_row = e.licence_row
        WHERE v.issuing_region = {own.Value}
          AND e.licence_row IN ({LicencesOf(keys)})
          AND v.time <= @time AND (v.time < @time OR (v.time = @time AND v.verification_id < @id))
        UNION ALL
        SELECT u.verification_id, u.time, e.licence_row, l.sealed, u.verifier_region, u.verifier, '', u.terminal_id, u.scenario, u.verdict, u.presenter, u.disclosed,
               NULL, u.name_zh, u.name_en
        FROM reported_uses u
        JOIN list_entries e ON e.list_number = u.list_number AND e.list_index = u.list_index
        JOIN licences l ON l.licence_row = e.licence_row
        WHERE u.fault = 0
          AND e.licence_row IN ({LicencesOf(keys)})
          AND u.time <= @time AND (u.time < @time OR (u.time = @time AND u.verification_id < @id))
          AND (SELECT COUNT(*) FROM verifications a
               WHERE a.request_id = u.verification_id AND a.time <= @until AND a.time > u.time - {AskedWithin} AND a.time < u.time + {AskedWithin} AND a.verifier_region = u.verifier_region) = 0
        ORDER BY 2 DESC, 1 DESC LIMIT @limit
        """;

    private static string LicencesOf(KeyRing keys) => $"""
        SELECT licence_row FROM licences WHERE holder_hash IN ({HashParameters.List(keys)})
        UNION SELECT licence_row FROM licence_parties WHERE party_hash IN ({HashParameters.List(keys)})
        """;

    /// <summary>One page, newest first.</summary>
    public async Task<ListUsesResponse> ListAsync(Person person, UsePage from, int size, CancellationToken cancellation)
    {
        await spool.DrainedAsync(cancellation);
        await using var connection = await database.OpenAsync(cancellation);
        var values = new { time = from.Time, until = Math.Min(from.Time, long.MaxValue - AskedWithin) + AskedWithin, id = from.VerificationId, limit = size + 1 };
        var rows = (await connection.QueryAsync<Row>(_usesOf, HashParameters.Of(keys.HashesOf(person), values))).ToList();
        var names = await ReadNamesAsync(connection, rows, cancellation);
        var licenceIds = new Dictionary<long, string>();
        var response = new ListUsesResponse();
        foreach (var row in rows.Take(size))
        {
            if (!licenceIds.TryGetValue(row.LicenceRow, out var licenceId))
            {
                licenceIds.Add(row.LicenceRow, licenceId = new LicenceRow { LicenceRowNumber = row.LicenceRow, Sealed = row.Sealed }.OpenPersonal(keys).LicenceId);
            }

            var verifier = row.OnBehalfOf.Length > 0 ? row.OnBehalfOf : row.Caller;
            var called = NamesOf(row, verifier, names);
            response.Uses.Add(new Use
            {
                VerificationId = row.VerificationId,
                Time = Timestamp.FromDateTimeOffset(DateTimeOffset.FromUnixTimeMilliseconds(row.Time)),
                LicenceId = licenceId,
                VerifierRegion = row.VerifierRegion.ToString("D6", CultureInfo.InvariantCulture),
                Verifier = verifier,
                VerifierNameZh = called.Zh,
                VerifierNameEn = called.En,
                TerminalId = row.TerminalId,
                Scenario = catalogue.FindScenario((int)row.Scenario)?.Id ?? "",
                Verdict = Verifying.WireVerdicts.Name((Verdict)row.Verdict),
                Presenter = WireDisplay.From((Core.Presentation.Presenter)row.Presenter),
                DisclosedFields = { row.Disclosed.Split(',', StringSplitOptions.RemoveEmptyEntries) },
            });
        }

        if (rows.Count > size)
        {
            response.NextPageToken = new UsePage(rows[size - 1].Time, rows[size - 1].VerificationId).ToString();
        }

        return response;
    }

    /// <summary>Organisations of this region have the names of its partner file, those of others the names that their region reports.</summary>
    private PartnerNames NamesOf(Row row, string verifier, Dictionary<(string, long), Named> reported)
    {
        if (row.VerifierRegion == node.Region.Value)
        {
            // A certificate's URI and "operator:…" end with the organisation; "holder:…" ends with a pseudonym, which no partner has.
            return partners.FindNames(verifier[(verifier.LastIndexOf(':') + 1)..]) ?? s_noNames;
        }

        return row.RequestId is { } id && reported.TryGetValue((id, row.VerifierRegion), out var named) ? new PartnerNames(named.NameZh, named.NameEn) : new PartnerNames(row.NameZh, row.NameEn);
    }

    /// <summary>Names of those for whom other regions' nodes asked here.</summary>
    private async Task<Dictionary<(string, long), Named>> ReadNamesAsync(DbConnection connection, List<Row> rows, CancellationToken cancellation)
    {
        var asked = rows.Where(row => row.RequestId is not null && row.VerifierRegion != node.Region.Value).Select(row => new { id = row.RequestId, region = row.VerifierRegion, time = row.Time }).ToList();
        if (asked.Count == 0)
        {
            return [];
        }

        var found = await connection.QueryAsync<Named>(new CommandDefinition(_namesOf, new { uses = JsonSerializer.Serialize(asked) }, cancellationToken: cancellation));
        return found.DistinctBy(named => (named.VerificationId, named.VerifierRegion)).ToDictionary(named => (named.VerificationId, named.VerifierRegion));
    }

    private sealed class Named
    {
        public string VerificationId { get; init; } = "";

        public long VerifierRegion { get; init; }

        public string NameZh { get; init; } = "";

        public string NameEn { get; init; } = "";
    }

    private sealed class Row
    {
        public string VerificationId { get; init; } = "";

        public long Time { get; init; }

        public long LicenceRow { get; init; }

        public byte[] Sealed { get; init; } = [];

        public long VerifierRegion { get; init; }

        public string Caller { get; init; } = "";

        public string OnBehalfOf { get; init; } = "";

        public string TerminalId { get; init; } = "";

        public long Scenario { get; init; }

        public long Verdict { get; init; }

        public long Presenter { get; init; }

        public string Disclosed { get; init; } = "";

        /// <summary>The asking region's own verification, where one asked.</summary>
        public string? RequestId { get; init; }

        public string NameZh { get; init; } = "";

        public string NameEn { get; init; } = "";
    }
}
