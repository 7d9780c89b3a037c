// Three soft notes, left, right and both, in the headphones that were chosen. A context of its own, so that it is heard also where
// the floor is silent.

const NOTES = [
  { hz: 440, pan: -1 },
  { hz: 550, pan: 1 },
  { hz: 660, pan: 0 },
] as const;
const NOTE_S = 0.35;
const GAIN = 0.12; // -18 dBFS: heard, and harmless

/** Resolves when it has been played; rejects when the device does not take it. */
export async function playTest(deviceId: string): Promise<void> {
  const context = new AudioContext() as AudioContext & { setSinkId?(id: string): Promise<void> };
  try {
    if (deviceId !== '') await context.setSinkId?.(deviceId);
    await context.resume();
    NOTES.forEach((note, index) => play(context, note.hz, note.pan, context.currentTime + 0.05 + index * NOTE_S));
    await new Promise((done) => window.setTimeout(done, (NOTES.length * NOTE_S + 0.3) * 1000));
  } finally {
    void context.close();
  }
}

function play(context: AudioContext, hz: number, pan: number, at: number): void {
  const tone = new OscillatorNode(context, { frequency: hz });
  const gain = new GainNode(context, { gain: 0 });
  tone.connect(gain).connect(new StereoPannerNode(context, { pan })).connect(context.destination);
  gain.gain.setValueAtTime(0, at);
  gain.gain.linearRampToValueAtTime(GAIN, at + 0.02);
  gain.gain.linearRampToValueAtTime(0, at + NOTE_S - 0.03);
  tone.start(at);
  tone.stop(at + NOTE_S);
}
