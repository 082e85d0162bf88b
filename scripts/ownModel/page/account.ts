/** Account of one prediction: its kernels by time, and what they convert. */
import { MathBackendWebGL } from '@tensorflow/tfjs-backend-webgl';
import { backend } from '@tensorflow/tfjs-core';
import { tiledInfo } from '../../../src/index.js';
import { makeKernelTimer } from '../../bench/page/models/kernelTimer.js';
import { record } from '../../bench/page/models/record.js';
import { useBackend } from '../../lib/inPage/backends.js';
import { conversionsOf, stockKernelsOf } from '../../models/trace.js';
import { profileRows } from '../../profile/profile.js';
import type { Account } from '../results.js';

/** Predicts on a backend while its kernels are timed one by one. */
export async function accountOf(name: string, predict: () => Promise<unknown>): Promise<Account> {
  await useBackend(name);
  const current = backend();
  const gl = current instanceof MathBackendWebGL ? current.gpgpu.gl : null;
  const timer = makeKernelTimer(gl as WebGL2RenderingContext | null);
  const events = await record(predict, timer);
  const isTiled = name.startsWith('tiled');
  return {
    kernels: profileRows([events]),
    how: timer.how,
    conversions: conversionsOf(events),
    stock: isTiled ? stockKernelsOf(events) : {},
    ladder: isTiled ? tiledInfo(name).ladder : [],
  };
}
