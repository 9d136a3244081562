// Finds codes in a picture, with ZXing compiled to WebAssembly; served by this node, like everything else.
import { prepareZXingModule, readBarcodes } from "zxing-wasm/reader";
import wasm from "zxing-wasm/reader/zxing_reader.wasm?url";

prepareZXingModule({ overrides: { locateFile: () => wasm } });

/** The codes in what a video shows; two at once come as one text, which the node refuses. Empty when there is none. */
export async function decode(video: HTMLVideoElement, canvas: HTMLCanvasElement): Promise<string> {
  if (video.videoWidth === 0) {
    return "";
  }
  canvas.width = video.videoWidth;
  canvas.height = video.videoHeight;
  const context = canvas.getContext("2d", { willReadFrequently: true })!;
  context.drawImage(video, 0, 0);
  const found = await readBarcodes(context.getImageData(0, 0, canvas.width, canvas.height), { formats: ["QRCode"], tryHarder: true, maxNumberOfSymbols: 2 });
  return found
    .map((code) => code.text)
    .filter((text) => text.length > 0)
    .join("\n");
}
