using CrossProvince.Core.Catalogue;
using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Presentation;
using CrossProvince.Core.Status;
using CrossProvince.Core.Trust;
using CrossProvince.Core.Verification;
using CrossProvince.Service.Federation;
using CrossProvince.Service.Hosting;
using CrossProvince.Service.Licences;
using CrossProvince.Service.StatusIndex;
using CrossProvince.Service.Storage;
using CrossProvince.Service.Verifying;
using Grpc.Core;

namespace CrossProvince.Service.Presenting;

/// <summary>One code as it was made.</summary>
internal sealed record IssuedCode(string Text, ShowingId Showing, long ExpiresAt, long RefreshAfter);

/// <summary>Makes codes for licences of this region (docs/payload.md).</summary>
internal sealed class Presentations(
    GroupCommit commits, Database database, LicenceCatalogue catalogue, StandingHeads standing, TrustSource trust, UsedShowings used, NodeSettings node, TrustedClock clock)
{
    /// <summary>A showing lives this long from its first iat, seconds.</summary>
    private const int ShowingSeconds = 600;

    /// <summary>The app refreshes a code after a third of its life: every 30 s of 90.</summary>
    private const int RefreshShare = 3;

    /// <summary>Makes one code and records it before it leaves.</summary>
    /// <param name="personCode">Code of the signed-in person.</param>
    /// <param name="licenceId">The licence.</param>
    /// <param name="scenarioId">What it is shown for.</param>
    /// <param name="continued">A showing to continue, or null for a new one.</param>
    /// <param name="asked">How the person stands to the holder, when stated.</param>
    /// <param name="cancellation">Ends the reading; what has been recorded stays.</param>
    /// <exception cref="RpcException">The code can't be made; see presentation.proto.</exception>
    public async Task<IssuedCode> CreateAsync(
        string personCode, string licenceId, string scenarioId, ShowingId? continued, Presenter? asked, CancellationToken cancellation)
    {
        var scenario = catalogue.FindScenario(scenarioId) ?? throw RpcErrors.InvalidArgument("scenario", "is not in the catalogue of scenarios.");
        var licence = await FindLicenceAsync(licenceId, cancellation);
        var presenter = licence is null ? null : RelationOf(personCode, licence.Record, asked);
        if (licence is null || presenter is null)
        {
            throw RpcErrors.NotFound("There is no such licence that this person may show.");
        }

        var now = clock.Now();
        if (now.ClockBehind)
        {
            throw RpcErrors.Unavailable("The node's clock is wrong; codes made now would be refused. Ask the operator.", TimeSpan.FromSeconds(30));
        }

        if (Obstacle(licence, now.UnixSeconds) is { } obstacle)
        {
            throw RpcErrors.FailedPrecondition("LICENCE_NOT_IN_FORCE", obstacle.En);
        }

        var type = catalogue.FindType(licence.Record.TypeNumber)!;
        CheckScenario(scenario, type, presenter.Value);
        CheckSigningKey(now.UnixSeconds, type);
        if (!standing.HasStood(licence.LastSeq))
        {
            throw RpcErrors.Unavailable("The licence is so new that partner regions may not know it yet: try again in a few seconds.", TimeSpan.FromSeconds(5));
        }

        if (continued is { } before && scenario.Use != UseRule.Many && await used.IsUsedAsync(node.Region, before, cancellation))
        {
            throw RpcErrors.FailedPrecondition("SHOWING_USED", "The showing has been used: start a new one without showing_id.");
        }

        var showing = await RecordAsync(licence, scenario, type, presenter.Value, personCode, continued, now.UnixSeconds);
        return Sign(showing, licence, scenario, type, now.UnixSeconds);
    }

    /// <summary>Withdraws a showing of this person.</summary>
    /// <returns>When it was withdrawn (Unix milliseconds) and when its last code dies (Unix seconds); null when there is none.</returns>
    public Task<(long WithdrawnAt, long LastExpiresAt)?> WithdrawAsync(string personCode, ShowingId id) =>
        commits.RunAsync<(long, long)?>(async transaction =>
        {
            var showing = await ShowingStore.FindAsync(transaction, id);
            if (showing is null || showing.PresenterCode != personCode)
            {
                return null;
            }

            var time = showing.WithdrawnAt ?? clock.Now().UnixMilliseconds;
            await ShowingStore.WithdrawAsync(transaction, id, time);
            return (time, showing.LastExpiresAt);
        });

    /// <summary>The licences that a person may show, own ones first.</summary>
    public async Task<IReadOnlyList<(StoredLicence Licence, Presenter Presenter)>> ListAsync(string personCode, CancellationToken cancellation)
    {
        await using var connection = await database.OpenAsync(cancellation);
        var licences = await LicenceStore.ListShowableAsync(connection, personCode);
        return [.. licences.Select(l => (l, RelationOf(personCode, l.Record, null)!.Value)).OrderBy(l => l.Item2)];
    }

    /// <summary>Why a licence can't be shown now; null when it can.</summary>
    public static LocalizedText? Obstacle(StoredLicence licence, long nowUnixSeconds)
    {
        var today = ChinaDate.Today(nowUnixSeconds);
        return licence switch
        {
            { Status: LicenceStatus.Ended, Reason: StatusReason.Revoked } => VerdictTexts.For(Verdict.Revoked, default),
            { Status: LicenceStatus.Ended } => VerdictTexts.For(Verdict.Withdrawn, default),
            { Status: LicenceStatus.Suspended } => VerdictTexts.For(Verdict.Suspended, default),
            { Status: LicenceStatus.NotActive, Reason: StatusReason.SourceUnknown } => VerdictTexts.For(Verdict.Undetermined, UndeterminedReason.SourceUnknown),
            { Status: LicenceStatus.NotActive } => VerdictTexts.For(Verdict.NotActive, default),
            _ when licence.Record.ValidUntil < today => VerdictTexts.For(Verdict.LicenceExpired, default),
            _ => null,
        };
    }

    private static Presenter? RelationOf(string personCode, LicenceRecord licence, Presenter? asked)
    {
        var relations = new List<Presenter>(3);
        if (licence.Holder.Code == personCode)
        {
            relations.Add(Presenter.Holder);
        }

        if (licence.Guardians.Any(g => g.Code == personCode))
        {
            relations.Add(Presenter.Guardian);
        }

        if (licence.Agents.Any(a => a.Code == personCode))
        {
            relations.Add(Presenter.Agent);
        }

        return relations.Count == 0 ? null
            : asked is null ? relations[0]
            : relations.Contains(asked.Value) ? asked
            : null;
    }

    private static void CheckScenario(Scenario scenario, LicenceType type, Presenter presenter)
    {
        if (!scenario.Types.Contains(type.Id))
        {
            throw RpcErrors.FailedPrecondition("SCENARIO_DOES_NOT_FIT", $"Scenario {scenario.Id} is not for licences of type {type.Id}; it is for {string.Join(", ", scenario.Types)}.");
        }

        if (scenario.Requires.Contains("guardian") && presenter != Presenter.Guardian)
        {
            throw RpcErrors.FailedPrecondition("GUARDIAN_REQUIRED", $"For scenario {scenario.Id} a guardian must show the licence.");
        }
    }

    /// <summary>A key that must not sign now would make codes that everybody refuses.</summary>
    private void CheckSigningKey(long now, LicenceType type)
    {
        foreach (var key in trust.List.FindKeys(node.Region, node.CodeSigner.PublicKey.Id, KeyUse.Code))
        {
            if (key.MaySignAt(now) && key.MaySignType(type.Number) && key.Key.Spki.Span.SequenceEqual(node.CodeSigner.PublicKey.Spki.Span))
            {
                return;
            }
        }

        throw RpcErrors.Unavailable(
            $"The node's code key may not sign for {type.Id} now by the trust list: the operator must set Keys:Code to one that may.", TimeSpan.FromMinutes(1));
    }

    private async Task<StoredLicence?> FindLicenceAsync(string licenceId, CancellationToken cancellation)
    {
        if (!LicenceId.TryParse(licenceId, out _))
        {
            throw RpcErrors.InvalidArgument("licence_id", "has not the shape of GB/T 36904: 1.2.156.3005.2.TYPE.ISSUER.SERIAL.VERSION.CHECK.");
        }

        await using var connection = await database.OpenAsync(cancellation);
        return await LicenceStore.FindAsync(connection, licenceId, null);
    }

    private Task<Showing> RecordAsync(
        StoredLicence licence, Scenario scenario, LicenceType type, Presenter presenter, string personCode, ShowingId? continued, long now) =>
        commits.RunAsync(async transaction =>
        {
            if (continued is not { } id)
            {
                var first = new Showing
                {
                    Id = ShowingId.Create(),
                    LicenceId = licence.Record.Id.ToString(),
                    List = licence.List,
                    Index = licence.Index,
                    Scenario = scenario.Number,
                    Presenter = presenter,
                    PresenterCode = personCode,
                    FirstIssuedAt = now,
                    LastExpiresAt = now + catalogue.MaxLifetimeSeconds(type.Number, scenario.Number),
                    LastCode = 0,
                    WithdrawnAt = null,
                };
                await ShowingStore.InsertAsync(transaction, first);
                return first;
            }

            var showing = await ShowingStore.FindAsync(transaction, id);
            if (showing is null || showing.PresenterCode != personCode || showing.LicenceId != licence.Record.Id.ToString()
                || showing.Scenario != scenario.Number || (showing.List, showing.Index) != (licence.List, licence.Index))
            {
                throw RpcErrors.FailedPrecondition("SHOWING_UNKNOWN", "showing_id is not a showing of this licence for this scenario by this person: start a new one without it.");
            }

            if (showing.WithdrawnAt is not null)
            {
                throw RpcErrors.FailedPrecondition("SHOWING_WITHDRAWN", "The showing was withdrawn: start a new one without showing_id.");
            }

            var end = Math.Min(now + catalogue.MaxLifetimeSeconds(type.Number, scenario.Number), showing.FirstIssuedAt + ShowingSeconds);
            if (end <= now || showing.LastCode == ushort.MaxValue)
            {
                throw RpcErrors.FailedPrecondition("SHOWING_OVER", "The showing is over: start a new one without showing_id.");
            }

            var next = showing with { LastCode = showing.LastCode + 1, LastExpiresAt = Math.Max(showing.LastExpiresAt, end) };
            await ShowingStore.ContinueAsync(transaction, next);
            return next;
        });

    private IssuedCode Sign(Showing showing, StoredLicence licence, Scenario scenario, LicenceType type, long now)
    {
        var life = Math.Min(catalogue.MaxLifetimeSeconds(type.Number, scenario.Number), showing.FirstIssuedAt + ShowingSeconds - now);
        var claims = new PresentationClaims
        {
            Region = node.Region,
            IssuedAt = now,
            ExpiresAt = now + life,
            Showing = showing.Id,
            CodeNumber = showing.LastCode,
            LicenceType = type.Number,
            Scenario = scenario.Number,
            List = showing.List,
            Index = showing.Index,
            Presenter = showing.Presenter,
        };
        var text = PresentationText.Write(PresentationEncoder.Encode(claims, licence.Record.Display, node.CodeSigner));
        return new IssuedCode(text, showing.Id, claims.ExpiresAt, now + Math.Max(1, life / RefreshShare));
    }
}
