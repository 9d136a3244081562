using System.Globalization;
using CrossProvince.Contracts.Presentation.V1;
using CrossProvince.Core.Catalogue;
using CrossProvince.Core.Trust;
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

/// <summary>Who verified a person's licences.</summary>
internal sealed class UseLog(Database database, VerificationSpool spool, KeyRing keys, LicenceCatalogue catalogue, PartnerFile partners, NodeSettings node)
{
    private readonly string _usesOf = UsesOf(keys);

    // The entries a person's licences have or had; verifications name entries only.
    internal static string UsesOf(KeyRing keys) => $"""
        SELECT v.verification_id, v.time, l.licence_row, l.sealed, v.verifier_region, v.caller, v.on_behalf_of, v.terminal_id, v.scenario, v.verdict, v.presenter, v.disclosed
        FROM verifications v
        JOIN list_entries e ON e.list_number = v.list_number AND e.list_index = v.list_index
        JOIN licences l ON l.licence_row = e.licence_row
        WHERE v.issuing_region = @region
          AND e.licence_row IN (
              SELECT licence_row FROM licences WHERE holder_hash IN ({HashParameters.List(keys)})
              UNION SELECT licence_row FROM licence_parties WHERE party_hash IN ({HashParameters.List(keys)}))
          AND v.time <= @time AND (v.time < @time OR (v.time = @time AND v.verification_id < @id))
        ORDER BY v.time DESC, v.verification_id DESC LIMIT @limit
        """;

    /// <summary>One page, newest first.</summary>
    public async Task<ListUsesResponse> ListAsync(Person person, UsePage from, int size, CancellationToken cancellation)
    {
        await spool.DrainedAsync(cancellation);
        await using var connection = await database.OpenAsync(cancellation);
        var rows = (await connection.QueryAsync<Row>(
            _usesOf, HashParameters.Of(keys.HashesOf(person), new { region = node.Region.Value, time = from.Time, id = from.VerificationId, limit = size + 1 }))).ToList();
        var licenceIds = new Dictionary<long, string>();
        var response = new ListUsesResponse();
        foreach (var row in rows.Take(size))
        {
            if (!licenceIds.TryGetValue(row.LicenceRow, out var licenceId))
            {
                licenceIds.Add(row.LicenceRow, licenceId = new LicenceRow { LicenceRowNumber = row.LicenceRow, Sealed = row.Sealed }.OpenPersonal(keys).LicenceId);
            }

            var verifier = row.OnBehalfOf.Length > 0 ? row.OnBehalfOf : row.Caller;
            var names = row.VerifierRegion == node.Region.Value ? NamesOf(verifier) : null;
            response.Uses.Add(new Use
            {
                VerificationId = row.VerificationId,
                Time = Timestamp.FromDateTimeOffset(DateTimeOffset.FromUnixTimeMilliseconds(row.Time)),
                LicenceId = licenceId,
                VerifierRegion = row.VerifierRegion.ToString("D6", CultureInfo.InvariantCulture),
                Verifier = verifier,
                VerifierNameZh = names?.Zh ?? "",
                VerifierNameEn = names?.En ?? "",
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

    // A certificate's URI and "operator:…" end with the organisation; "holder:…" ends with a pseudonym, which no partner has.
    private PartnerNames? NamesOf(string verifier) => partners.Find(PartyName.Verifier, verifier[(verifier.LastIndexOf(':') + 1)..])?.Names;

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
    }
}
