/** Cases computed through capture(): from a recording that was made with other values. */
import type { Tensor } from '@tensorflow/tfjs-core';
import { capture } from '../../../src/index.js';
import type { Prepare } from '../../../src/validator/index.js';

/** @throws Error if the case is not recorded, or is not computed from the recording */
export const captured: Prepare = async (compute, example) => {
  const fast = await capture<Tensor, Tensor>(compute, example);
  const { reason } = fast.info;
  if (reason !== null) {
    fast.dispose();
    throw new Error(`capture() does not record it: ${reason}`);
  }
  return {
    compute(first) {
      const { replays } = fast.info;
      const y = fast.predict(first);
      if (fast.info.replays > replays) return y;
      throw new Error(`it is not computed from the recording: ${fast.info.reason}`);
    },
    dispose: () => fast.dispose(),
  };
};
