using CrossProvince.Contracts.Presentation.V1;
using CrossProvince.Core.Catalogue;
using CrossProvince.Core.Presentation;
using CrossProvince.Core.Verification;
using CrossProvince.Service.Hosting;
using CrossProvince.Service.Identity;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Wire = CrossProvince.Contracts.Presentation.V1;

namespace CrossProvince.Service.Presenting;

/// <summary>Shows licences of this region as short-lived signed codes.</summary>
internal sealed class PresentationGrpcService(Callers callers, Presentations presentations, UseLog uses, LicenceCatalogue catalogue, NodeSettings node, TrustedClock clock)
    : PresentationService.PresentationServiceBase
{
    private const int DefaultUses = 50;
    private const int MostUses = 200;

    public override async Task<ListLicencesResponse> ListLicences(ListLicencesRequest request, ServerCallContext context)
    {
        var caller = callers.Require(context, CallerRole.Holder);
        Callers.RequireLevel(caller, node.Options.Tokens.Levels.Read);
        var now = clock.Now().UnixSeconds;
        var response = new ListLicencesResponse();
        foreach (var (licence, presenter) in await presentations.ListAsync(caller.Person, context.CancellationToken))
        {
            var type = catalogue.FindType(licence.Record.TypeNumber)!;
            var obstacle = Presentations.Obstacle(licence, now);
            response.Licences.Add(new ShowableLicence
            {
                LicenceId = licence.Record.Id.ToString(),
                LicenceType = type.Id,
                Display = WireDisplay.From(licence.Record.Display),
                Presenter = WireDisplay.From(presenter),
                CanBeShown = obstacle is null,
                ReasonZh = obstacle?.Zh ?? "",
                ReasonEn = obstacle?.En ?? "",
                Scenarios =
                {
                    catalogue.Scenarios
                        .Where(s => s.Types.Contains(type.Id) && (presenter == Core.Presentation.Presenter.Guardian || !s.Requires.Contains("guardian")))
                        .Select(s => s.Id),
                },
            });
        }

        return response;
    }

    public override async Task<CreatePresentationResponse> CreatePresentation(CreatePresentationRequest request, ServerCallContext context)
    {
        var caller = callers.Require(context, CallerRole.Holder);
        Callers.RequireLevel(caller, node.Options.Tokens.Levels.Scenarios.TryGetValue(request.Scenario, out var level) ? level : node.Options.Tokens.Levels.Show);
        if (request.Formats.Count > 2 || request.Formats.Any(f => f is PictureFormat.Unspecified || !System.Enum.IsDefined(f)))
        {
            throw RpcErrors.InvalidArgument("formats", "只能是 PNG 和 SVG，各一次。", "may name PNG and SVG, each once.");
        }

        var code = await presentations.CreateAsync(
            caller.Person, request.LicenceId, request.Scenario, ReadShowing(request.ShowingId, optional: true), ReadPresenter(request.Presenter), context.CancellationToken);
        var response = new CreatePresentationResponse
        {
            Code = code.Text,
            ShowingId = code.Showing.ToString(),
            ExpiresAt = Seconds(code.ExpiresAt),
            RefreshAfter = Seconds(code.RefreshAfter),
            IssuedAt = Seconds(code.IssuedAt),
        };
        if (request.Formats.Contains(PictureFormat.Png))
        {
            response.Png = UnsafeByteOperations.UnsafeWrap(PresentationQr.Png(code.Text));
        }

        if (request.Formats.Contains(PictureFormat.Svg))
        {
            response.Svg = PresentationQr.Svg(code.Text);
        }

        return response;
    }

    public override async Task<CancelPresentationResponse> CancelPresentation(CancelPresentationRequest request, ServerCallContext context)
    {
        var caller = callers.Require(context, CallerRole.Holder);
        var id = ReadShowing(request.ShowingId, optional: false)!.Value;
        var (withdrawnAt, lastExpiresAt) = await presentations.WithdrawAsync(caller.Person, id, context.CancellationToken)
            ?? throw RpcErrors.NotFound("SHOWING_NOT_FOUND", "没有此人的这次亮证。", "There is no such showing of this person.");
        return new CancelPresentationResponse
        {
            WithdrawnAt = Timestamp.FromDateTimeOffset(DateTimeOffset.FromUnixTimeMilliseconds(withdrawnAt)),
            EffectiveEverywhere = lastExpiresAt + NodeSettings.SkewSeconds <= clock.Now().UnixSeconds,
            LastCodeExpiresAt = Seconds(lastExpiresAt),
        };
    }

    public override async Task<ListUsesResponse> ListUses(ListUsesRequest request, ServerCallContext context)
    {
        var caller = callers.Require(context, CallerRole.Holder);
        Callers.RequireLevel(caller, node.Options.Tokens.Levels.Read);
        if (request.PageSize is < 0 or > MostUses)
        {
            throw RpcErrors.InvalidArgument("page_size", $"须为 1 至 {MostUses}，或 0 表示 {DefaultUses}。", $"must be 1 to {MostUses}, or 0 for {DefaultUses}.");
        }

        if (!UsePage.TryParse(request.PageToken, out var from))
        {
            throw RpcErrors.InvalidArgument("page_token", "不是此前应答中的 next_page_token。", "is not a next_page_token of an earlier answer.");
        }

        return await uses.ListAsync(caller.Person, from, request.PageSize == 0 ? DefaultUses : request.PageSize, context.CancellationToken);
    }

    private static ShowingId? ReadShowing(string text, bool optional)
    {
        if (optional && text.Length == 0)
        {
            return null;
        }

        return ShowingId.TryParse(text, out var id) ? id : throw RpcErrors.InvalidArgument("showing_id", "不是 12 位十六进制数字。", "is not 12 hexadecimal digits.");
    }

    private static Core.Presentation.Presenter? ReadPresenter(Wire.Presenter presenter) => presenter switch
    {
        Wire.Presenter.Unspecified => null,
        Wire.Presenter.Holder => Core.Presentation.Presenter.Holder,
        Wire.Presenter.Guardian => Core.Presentation.Presenter.Guardian,
        Wire.Presenter.Agent => Core.Presentation.Presenter.Agent,
        Wire.Presenter.Operator => throw RpcErrors.InvalidArgument(
            "presenter", "OPERATOR 只用于操作员令牌；持证人令牌只能以本人、监护人或经办人亮证。", "OPERATOR is for an operator's token; a holder's token shows as holder, guardian or agent."),
        _ => throw RpcErrors.InvalidArgument("presenter", "不是 Presenter 的值。", "is not a Presenter value."),
    };

    private static Timestamp Seconds(long unixSeconds) => Timestamp.FromDateTimeOffset(DateTimeOffset.FromUnixTimeSeconds(unixSeconds));
}
