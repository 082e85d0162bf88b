/**
 * Module that face-api imports as all of tfjs. It registers chained operations too, because
 * face-api also calls operations as methods of tensors.
 */
import '@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops.js';

export * from '@tensorflow/tfjs-core';
