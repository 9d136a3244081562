// Puts a code's picture on the screen with whole pixels for its modules.

/** What the node draws: 8 pixels a module, quiet zone of 4 modules included. */
const pixelsPerModule = 8;

/** Draws over what was there, in one go: the eye sees no gap between two codes. */
export function draw(canvas: HTMLCanvasElement, picture: ImageBitmap): void {
  const { width, height } = canvas.parentElement!.getBoundingClientRect();
  const room = Math.min(width, height) * devicePixelRatio;
  const modules = picture.width / pixelsPerModule;
  const side = modules * Math.max(1, Math.floor(room / modules));
  if (canvas.width !== side) {
    canvas.width = canvas.height = side;
    canvas.style.width = canvas.style.height = `${side / devicePixelRatio}px`;
  }
  const context = canvas.getContext("2d", { alpha: false })!;
  context.imageSmoothingEnabled = false;
  context.drawImage(picture, 0, 0, side, side);
}

/** Nothing of the picture is left. */
export function wipe(canvas: HTMLCanvasElement): void {
  canvas.width = canvas.height = 0;
}
