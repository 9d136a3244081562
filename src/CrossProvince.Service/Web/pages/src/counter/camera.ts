// Reads codes with the camera. The decoder is fetched only when somebody switches the camera on.
import { t } from "../language";

const triesPerSecond = 8;

export class Camera {
  #stream: MediaStream | undefined;
  #timer: number | undefined;

  constructor(
    private readonly video: HTMLVideoElement,
    private readonly scanned: (text: string) => void,
  ) {}

  get isOn(): boolean {
    return this.#stream !== undefined;
  }

  /** Switches the camera on. Throws an error in the clerk's language when there is none, or it may not be used. */
  async start(): Promise<void> {
    const decoder = import("./decoder");
    try {
      this.#stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment", width: { ideal: 1280 } }, audio: false });
    } catch {
      throw new Error(t("没有可用的摄像头，或浏览器未获准使用。请改用扫码枪，或在地址栏允许摄像头。", "There is no camera, or the browser may not use it. Use a scanner, or allow the camera in the address bar."));
    }
    this.video.srcObject = this.#stream;
    await this.video.play();
    const { decode } = await decoder;
    const canvas = document.createElement("canvas");
    const look = async () => {
      if (!this.isOn) {
        return;
      }
      const text = await decode(this.video, canvas);
      if (this.isOn && text) {
        this.scanned(text);
      }
      this.#timer = setTimeout(look, 1000 / triesPerSecond);
    };
    void look();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#stream?.getTracks().forEach((track) => track.stop());
    this.#stream = undefined;
    this.video.srcObject = null;
  }
}
