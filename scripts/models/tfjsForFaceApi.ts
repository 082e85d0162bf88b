/** What face-api takes for the whole of tfjs. It calls operations as methods of tensors, too. */
import '@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops.js';

export * from '@tensorflow/tfjs-core';
