/**
 * face-api on the page's own tfjs: its build without a bundled one, whose imports of tfjs the
 * build of the pages leads to tfjsForFaceApi.ts. Its types repeat those of tfjs, so the few that
 * are needed are given here.
 */
import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import * as faceApi from '@vladmandic/face-api/dist/face-api.esm-nobundle.js';

interface FaceNet {
  /** @param folder where its weights are */
  load(folder: string): Promise<void>;
  forwardInput(input: object): Tensor | { boxes: Tensor[]; scores: Tensor[] };
  getParamList(): { readonly tensor: Tensor }[];
  dispose(): void;
}

export type FaceNetName = 'SsdMobilenetv1' | 'FaceRecognitionNet' | 'FaceLandmark68Net';

const { NetInput, ...nets } = faceApi as unknown as {
  NetInput: new (pictures: Tensor4D[]) => object;
} & Record<FaceNetName, new () => FaceNet>;

export async function loadFaceNet(name: FaceNetName, folder: string) {
  const net = new nets[name]();
  await net.load(folder);
  return {
    /** The descriptor, the points, or the boxes and their scores, before any choice among them. */
    run(x: Tensor4D): Tensor[] {
      const y = net.forwardInput(new NetInput([x]));
      return 'boxes' in y ? [...y.boxes, ...y.scores] : [y];
    },
    weights: () => net.getParamList().map(({ tensor }) => tensor),
    dispose: () => net.dispose(),
  };
}
