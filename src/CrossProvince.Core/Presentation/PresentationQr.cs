using System.Buffers;
using System.Text;
using QRCoder;

namespace CrossProvince.Core.Presentation;

/// <summary>Draws codes: one alphanumeric segment, error correction M, version 10 at most, quiet zone of four modules, black on white.</summary>
public static class PresentationQr
{
    /// <summary>The densest version that counter scanners read at once.</summary>
    public const int MaxVersion = 10;

    private static readonly SearchValues<char> s_alphanumeric = SearchValues.Create("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:");

    /// <summary>The picture as PNG, 8 pixels a module.</summary>
    /// <param name="codeText">A code, or an upper-case link with one; at most 311 characters.</param>
    /// <exception cref="ArgumentException">Too long for version 10, or with a character outside the QR alphanumeric set.</exception>
    public static byte[] Png(string codeText)
    {
        using var data = Generate(codeText);
        using var png = new PngByteQRCode(data);
        return png.GetGraphic(pixelsPerModule: 8);
    }

    /// <summary>The picture as SVG, scaling to the place it is put into.</summary>
    /// <inheritdoc cref="Png"/>
    public static string Svg(string codeText)
    {
        using var data = Generate(codeText);
        using var svg = new SvgQRCode(data);
        return svg.GetGraphic(pixelsPerModule: 8, "#000000", "#ffffff", drawQuietZones: true, SvgQRCode.SizingMode.ViewBoxAttribute);
    }

    /// <summary>The picture for a terminal: two rows of modules a line, each line coloured black on white by ANSI sequences.</summary>
    /// <inheritdoc cref="Png"/>
    public static string Terminal(string codeText)
    {
        using var data = Generate(codeText);
        var rows = data.ModuleMatrix;
        var text = new StringBuilder();
        for (var y = 0; y < rows.Count; y += 2)
        {
            text.Append("\e[30;107m");
            for (var x = 0; x < rows.Count; x++)
            {
                var isLowerDark = y + 1 < rows.Count && rows[y + 1][x];
                text.Append(rows[y][x] ? (isLowerDark ? '█' : '▀') : (isLowerDark ? '▄' : ' '));
            }

            text.Append("\e[0m\n");
        }

        return text.ToString();
    }

    /// <summary>The version of the picture, 1 to 10.</summary>
    /// <inheritdoc cref="Png"/>
    public static int Version(string codeText)
    {
        using var data = Generate(codeText);
        return data.Version;
    }

    private static QRCodeData Generate(string codeText)
    {
        ArgumentNullException.ThrowIfNull(codeText);
        if (codeText.Length is 0 or > PresentationText.MaxCharacters)
        {
            throw new ArgumentException($"A code picture holds 1 to {PresentationText.MaxCharacters} characters, not {codeText.Length}.", nameof(codeText));
        }

        if (codeText.AsSpan().ContainsAnyExcept(s_alphanumeric))
        {
            throw new ArgumentException("A code picture holds only characters of the QR alphanumeric set.", nameof(codeText));
        }

        return QRCodeGenerator.GenerateQrCode(codeText, QRCodeGenerator.ECCLevel.M);
    }
}
