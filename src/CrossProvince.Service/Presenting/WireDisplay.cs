using CrossProvince.Service.Licences;
using Wire = CrossProvince.Contracts.Presentation.V1;

namespace CrossProvince.Service.Presenting;

/// <summary>Displays and presenters as the contract writes them.</summary>
internal static class WireDisplay
{
    public static Wire.Display From(Core.Presentation.Display display) => new()
    {
        Name = display.Name,
        Number = display.Number,
        ValidUntil = ChinaDate.ToText(display.LastValidDay),
        Extra = display.Extra ?? "",
    };

    public static Wire.Presenter From(Core.Presentation.Presenter presenter) => presenter switch
    {
        Core.Presentation.Presenter.Holder => Wire.Presenter.Holder,
        Core.Presentation.Presenter.Guardian => Wire.Presenter.Guardian,
        Core.Presentation.Presenter.Agent => Wire.Presenter.Agent,
        _ => Wire.Presenter.Operator,
    };
}
