// One sound for each tone, told apart without looking: two rising notes, a long low one, one short in the middle.
import type { Tone } from "../verdicts";

const notes: Record<Tone, [frequency: number, seconds: number][]> = {
  yes: [
    [660, 0.09],
    [990, 0.16],
  ],
  no: [[165, 0.55]],
  wait: [[440, 0.2]],
};

let context: AudioContext | undefined;

export function play(tone: Tone): void {
  context ??= new AudioContext();
  void context.resume();
  let at = context.currentTime;
  for (const [frequency, seconds] of notes[tone]) {
    const oscillator = new OscillatorNode(context, { type: tone === "no" ? "square" : "sine", frequency });
    const volume = new GainNode(context, { gain: 0.2 });
    volume.gain.setTargetAtTime(0, at + seconds * 0.8, 0.02);
    oscillator.connect(volume).connect(context.destination);
    oscillator.start(at);
    oscillator.stop(at + seconds + 0.1);
    at += seconds;
  }
}
