/** Whole nets translated to ONNX, in onnxruntime-web, against tfjs ops. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MOST_DIFFERENCE } from '../../../../../../scripts/bench/report/peers.js';
import { readTflite } from '../../../../../../scripts/bench/tflite/tflite.js';
import { root } from '../../../../../../scripts/lib/root.js';
import { agree, numbers } from '../../../../../support/onnxRuntime.js';

describe('bench: nets of MediaPipe translated to ONNX', () => {
  for (const name of [
    'face_detection/face_detection_short_range',
    'face_detection/face_detection_full_range_sparse',
    'selfie_segmentation/selfie_segmentation_landscape',
  ]) {
    it(name, async () => {
      const file = join(root, 'node_modules/@mediapipe', `${name}.tflite`);
      const net = readTflite(await readFile(file));
      const input = numbers(net.tensors[net.inputs[0]].shape, 'input');
      await agree(
        net,
        input.map((value) => value / 4),
        MOST_DIFFERENCE,
      );
    });
  }
});
