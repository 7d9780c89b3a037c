// The names of AudioWorkletGlobalScope (Web Audio API, 1.32), which TypeScript's DOM library does not have.

declare const currentFrame: number;
declare const sampleRate: number;

declare abstract class AudioWorkletProcessor {
  readonly port: MessagePort;
  abstract process(inputs: Float32Array[][], outputs: Float32Array[][]): boolean;
}

declare function registerProcessor(name: string, processor: new () => AudioWorkletProcessor): void;
