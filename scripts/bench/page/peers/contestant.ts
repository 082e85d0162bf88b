/** Contestants of the suite of peers: the same net in one engine each. */

export interface Contestant {
  /** Predicts from values of the net's input, and returns all output values as one array an output. */
  predict(input: Float32Array): Promise<Float32Array[]>;
}

/** A net, and the places of its files on the server. */
export interface PeerNet {
  readonly tflite: string;
  readonly onnx: string;
  /** Shape of the only input. */
  readonly shape: readonly number[];
  readonly threads: number;
  /** Folders of the WebAssembly of the peers. */
  readonly litertFiles: string;
  readonly onnxFiles: string;
}

export async function bytesAt(url: string): Promise<Uint8Array> {
  return new Uint8Array(await (await fetch(url)).arrayBuffer());
}
