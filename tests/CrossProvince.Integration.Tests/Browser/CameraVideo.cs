using System.Text;
using QRCoder;

namespace CrossProvince.Integration.Tests.Browser;

/// <summary>A film of a code, as a browser's pretended camera plays it: one frame of uncompressed YUV4MPEG2.</summary>
internal static class CameraVideo
{
    private const int Width = 640;
    private const int Height = 480;
    private const byte White = 235;
    private const byte Black = 16;
    private const byte Grey = 128;

    internal static byte[] Of(string code)
    {
        using var generator = new QRCodeGenerator();
        using var qr = generator.CreateQrCode(code, QRCodeGenerator.ECCLevel.M);
        var modules = qr.ModuleMatrix;
        var scale = Height / modules.Count;
        var (left, top) = ((Width - (modules.Count * scale)) / 2, (Height - (modules.Count * scale)) / 2);
        var luma = new byte[Width * Height];
        Array.Fill(luma, White);
        for (var y = 0; y < modules.Count * scale; y++)
        {
            for (var x = 0; x < modules.Count * scale; x++)
            {
                if (modules[y / scale][x / scale])
                {
                    luma[((top + y) * Width) + left + x] = Black;
                }
            }
        }

        var chroma = new byte[Width * Height / 2];
        Array.Fill(chroma, Grey);
        return [.. Encoding.ASCII.GetBytes($"YUV4MPEG2 W{Width} H{Height} F10:1 Ip A1:1 C420mpeg2\nFRAME\n"), .. luma, .. chroma];
    }
}
