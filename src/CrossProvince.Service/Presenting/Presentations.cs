using System.Data.Common;
using CrossProvince.Core.Catalogue;
using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Presentation;
using CrossProvince.Core.Signatures;
using CrossProvince.Core.Status;
using CrossProvince.Core.Trust;
using CrossProvince.Core.Verification;
using CrossProvince.Service.Federation.Trusting;
using CrossProvince.Service.Hosting;
using CrossProvince.Service.Identity;
using CrossProvince.Service.Licences;
using CrossProvince.Service.StatusIndex;
using CrossProvince.Service.Storage;
using CrossProvince.Service.Storage.Sealing;
using CrossProvince.Service.Verifying;
using Grpc.Core;

namespace CrossProvince.Service.Presenting;

/// <summary>One code as it was made.</summary>
internal sealed record IssuedCode(string Text, ShowingId Showing, long IssuedAt, long ExpiresAt, long RefreshAfter);

/// <summary>Makes codes for licences of this region (docs/payload.md).</summary>
internal sealed class Presentations(
    GroupCommit commits, Database database, LicenceStore licences, KeyRing keys, LicenceCatalogue catalogue, StandingHeads standing, OwnKeys signing, UsedShowings used, NodeSettings node, TrustedClock clock)
{
    /// <summary>The app refreshes a code after a third of its life: every 30 s of 90.</summary>
    private const int RefreshShare = 3;

    /// <summary>Makes one code and records it before it leaves.</summary>
    /// <param name="person">The signed-in person.</param>
    /// <param name="licenceId">The licence.</param>
    /// <param name="scenarioId">What it is shown for.</param>
    /// <param name="continued">A showing to continue, or null for a new one.</param>
    /// <param name="asked">How the person stands to the holder, when stated.</param>
    /// <param name="cancellation">Gives up what has not been begun; what has been recorded stays.</param>
    /// <exception cref="RpcException">The code can't be made; see presentation.proto.</exception>
    public async Task<IssuedCode> CreateAsync(
        Person person, string licenceId, string scenarioId, ShowingId? continued, Presenter? asked, CancellationToken cancellation)
    {
        var scenario = catalogue.FindScenario(scenarioId) ?? throw RpcErrors.InvalidArgument("scenario", "不在应用场景目录中。", "is not in the catalogue of scenarios.");
        var licence = await FindLicenceAsync(licenceId, cancellation);
        var presenter = licence is null ? null : RelationOf(person, licence.Record, asked);
        if (licence is null || presenter is null)
        {
            throw RpcErrors.NotFound("LICENCE_NOT_SHOWABLE", "没有此人可以亮证的这份证照。", "There is no such licence that this person may show.");
        }

        var now = clock.Now();
        if (now.ClockBehind)
        {
            throw RpcErrors.Unavailable(
                "CLOCK_WRONG", "节点时钟有误，现在生成的码会被拒绝；请联系运维人员。", "The node's clock is wrong; codes made now would be refused. Ask the operator.", TimeSpan.FromSeconds(30));
        }

        if (Obstacle(licence, now.UnixSeconds) is { } obstacle)
        {
            throw RpcErrors.FailedPrecondition("LICENCE_NOT_IN_FORCE", obstacle.Zh, obstacle.En);
        }

        var type = catalogue.FindType(licence.Record.TypeNumber)!;
        CheckScenario(scenario, type, presenter.Value);
        var signer = FindSigner(type);
        if (!standing.HasStood(licence.LastSeq))
        {
            throw RpcErrors.Unavailable(
                "LICENCE_TOO_NEW", "证照刚刚登记，其他地区可能尚未知晓，请几秒后重试。",
                "The licence is so new that partner regions may not know it yet: try again in a few seconds.", TimeSpan.FromSeconds(5));
        }

        if (continued is { } before && scenario.Use != UseRule.Many && await used.IsUsedAsync(node.Region, before))
        {
            throw RpcErrors.FailedPrecondition("SHOWING_USED", "此次亮证已被使用；请不带 showing_id 重新亮证。", "The showing has been used: start a new one without showing_id.");
        }

        var showing = await RecordAsync(licence, scenario, type, presenter.Value, person, continued, now.UnixSeconds, cancellation);
        return Sign(showing, licence, scenario, type, now.UnixSeconds, signer);
    }

    /// <summary>Withdraws a showing of this person.</summary>
    /// <returns>When it was withdrawn (Unix milliseconds) and when its last code dies (Unix seconds); null when there is none.</returns>
    public Task<(long WithdrawnAt, long LastExpiresAt)?> WithdrawAsync(Person person, ShowingId id, CancellationToken cancellation) =>
        commits.RunAsync<(long, long)?>(
            async transaction =>
            {
                var showing = await ShowingStore.FindAsync(transaction, id, clock.Now().UnixSeconds);
                if (showing is null || !keys.IsHashOf(person, showing.PresenterHash))
                {
                    return null;
                }

                var time = showing.WithdrawnAt ?? clock.Now().UnixMilliseconds;
                await ShowingStore.WithdrawAsync(transaction, showing, time);
                return (time, showing.LastExpiresAt);
            },
            cancellation);

    /// <summary>The licences that a person may show, own ones first.</summary>
    public async Task<IReadOnlyList<(StoredLicence Licence, Presenter Presenter)>> ListAsync(Person person, CancellationToken cancellation)
    {
        await using var connection = await database.OpenAsync(cancellation);
        var found = await licences.ListShowableAsync(connection, person);
        return [.. found.Select(l => (l, RelationOf(person, l.Record, null)!.Value)).OrderBy(l => l.Item2)];
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

    private static Presenter? RelationOf(Person person, LicenceRecord licence, Presenter? asked)
    {
        var relations = new List<Presenter>(3);
        if (Is(licence.Holder))
        {
            relations.Add(Presenter.Holder);
        }

        if (licence.Guardians.Any(Is))
        {
            relations.Add(Presenter.Guardian);
        }

        if (licence.Agents.Any(Is))
        {
            relations.Add(Presenter.Agent);
        }

        return relations.Count == 0 ? null
            : asked is null ? relations[0]
            : relations.Contains(asked.Value) ? asked
            : null;

        bool Is(Party party) => person == party.Person;
    }

    private static void CheckScenario(Scenario scenario, LicenceType type, Presenter presenter)
    {
        if (!scenario.Types.Contains(type.Id))
        {
            throw RpcErrors.FailedPrecondition(
                "SCENARIO_DOES_NOT_FIT",
                $"应用场景 {scenario.Id} 不适用于类型 {type.Id} 的证照；适用于：{string.Join("、", scenario.Types)}。",
                $"Scenario {scenario.Id} is not for licences of type {type.Id}; it is for {string.Join(", ", scenario.Types)}.");
        }

        if (scenario.Requires.Contains("guardian") && presenter != Presenter.Guardian)
        {
            throw RpcErrors.FailedPrecondition("GUARDIAN_REQUIRED", $"应用场景 {scenario.Id} 须由监护人亮证。", $"For scenario {scenario.Id} a guardian must show the licence.");
        }
    }

    /// <summary>A key that must not sign now would make codes that everybody refuses.</summary>
    private ISigner FindSigner(LicenceType type) => signing.Find(KeyUse.Code, type.Number) ?? throw RpcErrors.Unavailable(
        "CODE_KEY_NOT_USABLE",
        $"按信任列表，节点的亮证码密钥现在不能为 {type.Id} 签名；运维人员须使 Keys:Code 中有一个可用的密钥。",
        $"None of the node's code keys may sign for {type.Id} now by the trust list: the operator must see that Keys:Code has one that may.", TimeSpan.FromMinutes(1));

    private async Task<StoredLicence?> FindLicenceAsync(string licenceId, CancellationToken cancellation)
    {
        if (!LicenceId.TryParse(licenceId, out _))
        {
            throw RpcErrors.InvalidArgument(
                "licence_id", "不符合 GB/T 36904 的格式：1.2.156.3005.2.类型.颁发机构.流水号.版本.校验位。", "has not the shape of GB/T 36904: 1.2.156.3005.2.TYPE.ISSUER.SERIAL.VERSION.CHECK.");
        }

        await using var connection = await database.OpenAsync(cancellation);
        return await licences.FindAsync(connection, licenceId);
    }

    private Task<Showing> RecordAsync(
        StoredLicence licence, Scenario scenario, LicenceType type, Presenter presenter, Person person, ShowingId? continued, long now,
        CancellationToken cancellation) =>
        commits.RunAsync(
            async transaction =>
            {
                if (continued is not { } id)
                {
                    var first = new Showing
                    {
                        Id = await DrawAsync(transaction, now),
                        LicenceRow = licence.Row,
                        List = licence.List,
                        Index = licence.Index,
                        Scenario = scenario.Number,
                        Presenter = presenter,
                        PresenterHash = keys.HashOf(person),
                        FirstIssuedAt = now,
                        LastExpiresAt = now + catalogue.MaxLifetimeSeconds(type.Number, scenario.Number),
                        LastCode = 0,
                        WithdrawnAt = null,
                    };
                    await ShowingStore.InsertAsync(transaction, first);
                    return first;
                }

                var showing = await ShowingStore.FindAsync(transaction, id, now);
                if (showing is null || !keys.IsHashOf(person, showing.PresenterHash) || showing.LicenceRow != licence.Row
                    || showing.Scenario != scenario.Number || (showing.List, showing.Index) != (licence.List, licence.Index))
                {
                    throw RpcErrors.FailedPrecondition(
                        "SHOWING_UNKNOWN", "showing_id 不是此人为此场景就此证照的亮证；请不带 showing_id 重新亮证。",
                        "showing_id is not a showing of this licence for this scenario by this person: start a new one without it.");
                }

                if (showing.WithdrawnAt is not null)
                {
                    throw RpcErrors.FailedPrecondition(
                        "SHOWING_WITHDRAWN", "此次亮证已撤回；请不带 showing_id 重新亮证。", "The showing was withdrawn: start a new one without showing_id.");
                }

                var end = Math.Min(now + catalogue.MaxLifetimeSeconds(type.Number, scenario.Number), showing.FirstIssuedAt + ShowingLife.Seconds);
                if (end <= now || showing.LastCode == ushort.MaxValue)
                {
                    throw RpcErrors.FailedPrecondition("SHOWING_OVER", "此次亮证已结束；请不带 showing_id 重新亮证。", "The showing is over: start a new one without showing_id.");
                }

                var next = showing with { LastCode = showing.LastCode + 1, LastExpiresAt = Math.Max(showing.LastExpiresAt, end) };
                await ShowingStore.ContinueAsync(transaction, next);
                return next;
            },
            cancellation);

    /// <summary>Draws a showing that nothing living has: the database keeps it unique within a second only, and of 48 random bits two may be the same.</summary>
    private static async Task<ShowingId> DrawAsync(DbTransaction transaction, long now)
    {
        ShowingId id;
        do
        {
            id = ShowingId.Create();
        }
        while (await ShowingStore.FindAsync(transaction, id, now) is not null);
        return id;
    }

    private IssuedCode Sign(Showing showing, StoredLicence licence, Scenario scenario, LicenceType type, long now, ISigner signer)
    {
        var life = Math.Min(catalogue.MaxLifetimeSeconds(type.Number, scenario.Number), showing.FirstIssuedAt + ShowingLife.Seconds - now);
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
        var text = PresentationText.Write(PresentationEncoder.Encode(claims, licence.Record.Display, signer));
        return new IssuedCode(text, showing.Id, claims.IssuedAt, claims.ExpiresAt, now + Math.Max(1, life / RefreshShare));
    }
}
