using System.Globalization;
using CrossProvince.Contracts.Presentation.V1;
using Google.Protobuf.WellKnownTypes;
using Spectre.Console;

namespace CrossProvince.Cli;

/// <summary>Values as persons read them.</summary>
internal static class Words
{
    private static readonly TimeSpan s_chinaStandardTime = TimeSpan.FromHours(8);

    /// <summary>A text from elsewhere as markup: nothing in it can colour, move the cursor or turn the direction of writing.</summary>
    internal static string Plain(string text)
    {
        var clean = string.Create(text.Length, text, static (target, source) =>
        {
            for (var i = 0; i < source.Length; i++)
            {
                target[i] = char.IsControl(source[i]) || char.GetUnicodeCategory(source[i]) == UnicodeCategory.Format ? '\uFFFD' : source[i];
            }
        });
        return Markup.Escape(clean);
    }

    /// <summary>An instant in China Standard Time, to the second; empty when there is none.</summary>
    internal static string Time(Timestamp? time) => time is null ? "" : Time(time.ToDateTimeOffset());

    /// <summary>An instant in China Standard Time, to the second.</summary>
    internal static string Time(DateTimeOffset time) => time.ToOffset(s_chinaStandardTime).ToString("yyyy-MM-dd HH:mm:ss 'UTC'zzz", CultureInfo.InvariantCulture);

    internal static string Until(string validUntil, Language language) => validUntil.Length > 0 ? validUntil : language.Say("长期", "without end");

    internal static string Of(Presenter presenter, Language language) => presenter switch
    {
        Presenter.Holder => language.Say("本人", "holder"),
        Presenter.Guardian => language.Say("监护人", "guardian"),
        Presenter.Agent => language.Say("企业经办人", "agent of a legal person"),
        Presenter.Operator => language.Say("窗口代办", "operator on the holder's behalf"),
        _ => language.Say("未说明", "not stated"),
    };

    /// <summary>A borderless two-column grid of names and values; rows without a value are left out.</summary>
    internal static Grid Facts(IEnumerable<(string Name, string Value)> facts)
    {
        var grid = new Grid().AddColumn(new GridColumn().Padding(2, 0, 2, 0).NoWrap()).AddColumn();
        foreach (var (name, value) in facts.Where(fact => fact.Value.Length > 0))
        {
            grid.AddRow($"[grey]{Plain(name)}[/]", Plain(value));
        }

        return grid;
    }

    /// <summary>A table from rows of texts from elsewhere.</summary>
    internal static Table Table(IEnumerable<string> columns, IEnumerable<IEnumerable<string>> rows)
    {
        var table = new Table().Border(TableBorder.Simple);
        foreach (var column in columns)
        {
            table.AddColumn(new TableColumn(Plain(column)));
        }

        foreach (var row in rows)
        {
            table.AddRow([.. row.Select(Plain)]);
        }

        return table;
    }
}
