// Reads codes with the camera. The decoder is fetched only when somebody switches the camera on.
import { t } from "../language";

const triesPerSecond = 8;

export interface CameraEvents {
  scanned(text: string): void;
  /** It has been switched off by itself; why, in the clerk's language. */
  failed(why: string): void;
}

export class Camera {
  #stream: MediaStream | undefined;
  #timer: number | undefined;

  constructor(
    private readonly video: HTMLVideoElement,
    private readonly events: CameraEvents,
  ) {}

  get isOn(): boolean {
    return this.#stream !== undefined;
  }

  /** Switches the camera on. Throws an error in the clerk's language when there is none, or it may not be used. */
  async start(): Promise<void> {
    // Its name changes with its content: an older page asks for one that is gone.
    const loading = import("./decoder").catch(() => undefined);
    try {
      if (!navigator.mediaDevices) {
        throw new DOMException("", "SecurityError");
      }
      this.#stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment", width: { ideal: 1280 } }, audio: false });
      this.video.srcObject = this.#stream;
      await this.video.play();
    } catch (error) {
      this.stop();
      throw new Error(reasonOf(error instanceof DOMException ? error.name : ""));
    }
    for (const track of this.#stream.getTracks()) {
      track.addEventListener("ended", () => this.#fail(reasonOf("NotFoundError")));
    }
    const decoder = await loading;
    if (!decoder) {
      this.stop();
      throw new Error(notFetched());
    }
    void this.#look(decoder.decode, document.createElement("canvas"));
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#stream?.getTracks().forEach((track) => track.stop());
    this.#stream = undefined;
    this.video.srcObject = null;
  }

  async #look(decode: (video: HTMLVideoElement, canvas: HTMLCanvasElement) => Promise<string>, canvas: HTMLCanvasElement): Promise<void> {
    if (!this.isOn) {
      return;
    }
    try {
      const text = await decode(this.video, canvas);
      if (this.isOn && text) {
        this.events.scanned(text);
      }
    } catch {
      this.#fail(notFetched());
      return;
    }
    this.#timer = setTimeout(() => void this.#look(decode, canvas), 1000 / triesPerSecond);
  }

  #fail(why: string): void {
    if (this.isOn) {
      this.stop();
      this.events.failed(why);
    }
  }
}

function notFetched(): string {
  return t("读码程序没有取到：网页可能已更新，或网络中断。请刷新后再打开摄像头。", "The reader of codes could not be fetched: the page may have been renewed, or the network is down. Reload the page, then use the camera.");
}

/** What to do, by the names that Media Capture and Streams gives to failures. */
function reasonOf(name: string): string {
  switch (name) {
    case "NotAllowedError":
      return t("浏览器未获准使用摄像头：请在地址栏左侧的网站设置中允许，或改用扫码枪。", "The browser may not use the camera: allow it in the site settings beside the address, or use a scanner.");
    case "NotFoundError":
    case "OverconstrainedError":
      return t("没有找到摄像头：请检查是否接好，或改用扫码枪。", "There is no camera: see whether it is plugged in, or use a scanner.");
    case "NotReadableError":
    case "AbortError":
      return t("摄像头被其他程序占用：请关闭那个程序再试，或改用扫码枪。", "Another program uses the camera: close it and try again, or use a scanner.");
    case "SecurityError":
      return t("浏览器只在 https 网页上开放摄像头：请用 https 地址打开本页，或改用扫码枪。", "Browsers give the camera to https pages only: open this page by its https address, or use a scanner.");
    default:
      return t("摄像头打不开：请换一个浏览器，或改用扫码枪。", "The camera cannot be used: try another browser, or use a scanner.");
  }
}
