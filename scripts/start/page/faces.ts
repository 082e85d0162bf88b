/** Faces that a backend finds: boxes chosen among those of a detector, and the points of each face. */
import {
  image,
  slice,
  type Tensor3D,
  tensor1d,
  tensor2d,
  tensor3d,
  tidy,
} from '@tensorflow/tfjs-core';
import { useBackend } from '../../lib/inPage/backends.js';
import { loadLandmarkNet } from '../../models/faceApi.js';
import type { Face } from '../results.js';
import type { Pixels } from './picture.js';
import type { Session } from './session.js';

/** Maximum number of faces of a picture. */
const mostFaces = 20;
/** Overlap above which two boxes are one face, intersection over union. */
const sameFace = 0.5;
const leastScore = 0.5;

const within = (value: number, most: number) => Math.min(most, Math.max(0, value));

/**
 * Returns the boxes of the faces, the surest first, in pixels of the picture.
 * @param session detector with the outputs boxes (top, left, bottom, right, as parts of the picture)
 *   and scores
 */
async function chooseBoxes({ outputs }: Session, { width, height }: Pixels) {
  const [{ values: edges }, { values: scores }] = outputs;
  const [boxes, sureness] = [tensor2d(edges, [scores.length, 4]), tensor1d(scores)];
  const chosen = await image.nonMaxSuppressionAsync(
    boxes,
    sureness,
    mostFaces,
    sameFace,
    leastScore,
  );
  const indices = await chosen.data();
  for (const tensor of [boxes, sureness, chosen]) tensor.dispose();
  return [...indices].map((index) => {
    const [top, left, bottom, right] = edges.subarray(4 * index, 4 * index + 4);
    const x = Math.floor(within(left * width, width - 1));
    const y = Math.floor(within(top * height, height - 1));
    return {
      ...{ score: scores[index], x, y },
      width: Math.ceil(within(right * width, width)) - x,
      height: Math.ceil(within(bottom * height, height)) - y,
    };
  });
}

/** Finds the faces of a picture on a detector's backend, with the points of each. */
export async function findFaces(session: Session, picture: Pixels): Promise<Face[]> {
  await useBackend(session.backend);
  const net = await loadLandmarkNet('models/face-api');
  const faces: Face[] = [];
  for (const box of await chooseBoxes(session, picture)) {
    const { x, y, width, height } = box;
    const crop = tidy(() => {
      const whole = tensor3d(picture.values, [picture.height, picture.width, 3]);
      return slice(whole, [y, x, 0], [height, width, 3]) as Tensor3D;
    });
    const points = await net.find(crop);
    crop.dispose();
    faces.push({ ...box, points: points.map((at) => ({ x: x + at.x, y: y + at.y })) });
  }
  net.dispose();
  return faces;
}
