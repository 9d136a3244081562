using CrossProvince.Contracts.Catalogue.V1;
using CrossProvince.Core.Catalogue;
using CrossProvince.Core.Identifiers;
using Grpc.Core;
using Wire = CrossProvince.Contracts.Catalogue.V1;

namespace CrossProvince.Service.Catalogue;

/// <summary>The shared catalogue, open to anyone.</summary>
internal sealed class CatalogueGrpcService(LicenceCatalogue catalogue) : CatalogueService.CatalogueServiceBase
{
    public override Task<ListLicenceTypesResponse> ListLicenceTypes(ListLicenceTypesRequest request, ServerCallContext context) =>
        Task.FromResult(new ListLicenceTypesResponse
        {
            Types_ =
            {
                catalogue.Types.OrderBy(t => t.Number).Select(t => new Wire.LicenceType
                {
                    Number = t.Number,
                    Id = t.Id,
                    TypeCode = t.TypeCode,
                    CodeSource = t.CodeSource,
                    Names = Write(t.Names),
                    MaxLifetimeSeconds = t.MaxLifetimeSeconds,
                    Fields = { t.Fields.Select(f => f.Name) },
                }),
            },
        });

    public override Task<ListScenariosResponse> ListScenarios(ListScenariosRequest request, ServerCallContext context) =>
        Task.FromResult(new ListScenariosResponse
        {
            Scenarios =
            {
                catalogue.Scenarios.OrderBy(s => s.Number).Select(s => new Wire.Scenario
                {
                    Number = s.Number,
                    Id = s.Id,
                    Names = Write(s.Names),
                    Types_ = { s.Types },
                    LifetimeSeconds = s.LifetimeSeconds,
                    Use = s.Use switch
                    {
                        UseRule.Many => "many",
                        UseRule.OncePerRegion => "once-per-region",
                        _ => "once-everywhere",
                    },
                    Discloses = { s.Discloses },
                    Requires = { s.Requires },
                }),
            },
        });

    public override Task<ListRecognitionsResponse> ListRecognitions(ListRecognitionsRequest request, ServerCallContext context) =>
        Task.FromResult(new ListRecognitionsResponse
        {
            Recognitions =
            {
                catalogue.Recognitions.Select(r => new Wire.Recognition
                {
                    From = r.From.ToString(),
                    To = r.To.ToString(),
                    Types_ = { r.Types },
                    Scenarios = { r.Scenarios },
                }),
            },
        });

    private static Names Write(LocalizedText names) => new() { Zh = names.Zh, En = names.En };
}
