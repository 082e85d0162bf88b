/**
 * face-api on the page's own tfjs. Uses face-api's build without a bundled tfjs; the build of the
 * pages redirects its tfjs imports to tfjsForFaceApi.ts. Its types duplicate the types of tfjs, so
 * the few types needed are declared here.
 */
import type { Tensor, Tensor3D, Tensor4D } from '@tensorflow/tfjs-core';
import * as faceApi from '@vladmandic/face-api/dist/face-api.esm-nobundle.js';

interface FaceNet {
  /** @param folder the folder of its weights */
  load(folder: string): Promise<void>;
  forwardInput(input: object): Tensor | { boxes: Tensor[]; scores: Tensor[] };
  getParamList(): { readonly tensor: Tensor }[];
  dispose(): void;
}

/** A point in pixels, from the left and from the top. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

interface LandmarkNet extends FaceNet {
  detectLandmarks(face: Tensor3D): Promise<{ readonly positions: readonly Point[] }>;
}

export type FaceNetName = 'SsdMobilenetv1' | 'FaceRecognitionNet' | 'FaceLandmark68Net';

const { NetInput, ...nets } = faceApi as unknown as {
  NetInput: new (pictures: Tensor4D[]) => object;
} & Record<Exclude<FaceNetName, 'FaceLandmark68Net'>, new () => FaceNet> &
  Record<'FaceLandmark68Net', new () => LandmarkNet>;

export async function loadFaceNet(name: FaceNetName, folder: string) {
  const net = new nets[name]();
  await net.load(folder);
  return {
    /** Returns the descriptor, the points, or the boxes and their scores before any selection. */
    run(x: Tensor4D): Tensor[] {
      const y = net.forwardInput(new NetInput([x]));
      return 'boxes' in y ? [...y.boxes, ...y.scores] : [y];
    },
    weights: () => net.getParamList().map(({ tensor }) => tensor),
    dispose: () => net.dispose(),
  };
}

/** Loads the net that finds the 68 points of a face. */
export async function loadLandmarkNet(folder: string) {
  const net = new nets.FaceLandmark68Net();
  await net.load(folder);
  return {
    /** @param face picture of one face, [height, width, 3], with values from 0 to 255 */
    async find(face: Tensor3D): Promise<Point[]> {
      const { positions } = await net.detectLandmarks(face);
      return positions.map(({ x, y }) => ({ x, y }));
    },
    dispose: () => net.dispose(),
  };
}
