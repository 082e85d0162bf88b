/**
 * Page that lists the convolutions of nets, for `npm run shaders -- --nets`: predicts with each once, on
 * tiled-cpu. Options: `nets` (comma-separated names).
 */
import { engine, type Tensor } from '@tensorflow/tfjs-core';
import type { ConvAttrs } from '../../../kernels/shape/convShape.js';
import { openHost } from '../../bench/page/host/prediction.js';
import { inputOf } from '../../bench/page/models/input.js';
import { useBackend } from '../../lib/inPage/backends.js';
import { postProgress } from '../../lib/inPage/post.js';
import { showResult } from '../../lib/inPage/showResult.js';
import { netOf } from '../../models/suites.js';
import type { ConvCall, NetCalls } from '../netLayers.js';

const kernels: Record<string, ConvCall['kernel']> = {
  Conv2D: 'conv2d',
  FusedConv2D: 'conv2d',
  DepthwiseConv2dNative: 'depthwiseConv2d',
  FusedDepthwiseConv2D: 'depthwiseConv2d',
};

const backend = 'tiled-cpu';
const nothing = { start() {}, pause() {}, resume() {} };

/** Does the work, and returns the convolutions that it calls. */
async function convolutionsOf(work: () => Promise<unknown>): Promise<ConvCall[]> {
  const calls: ConvCall[] = [];
  const tfjs = engine();
  const { runKernel } = tfjs;
  tfjs.runKernel = ((name: string, inputs: Record<string, Tensor>, attrs: object) => {
    const kernel = kernels[name];
    if (kernel !== undefined) {
      const { strides, pad, dataFormat, dilations, dimRoundingMode } = attrs as ConvAttrs;
      const { x, filter } = inputs;
      calls.push({
        kernel,
        x: x.shape,
        filter: filter.shape,
        attrs: { strides, pad, dataFormat, dilations, dimRoundingMode },
      });
    }
    return runKernel.call(tfjs, name, inputs, attrs as never);
  }) as typeof runKernel;
  try {
    await work();
  } finally {
    Reflect.deleteProperty(tfjs, 'runKernel');
  }
  return calls;
}

async function list(): Promise<{ nets: NetCalls[] }> {
  const names = (new URLSearchParams(location.search).get('nets') ?? '').split(',');
  const nets: NetCalls[] = [];
  await useBackend(backend);
  for (const name of names) {
    document.body.textContent = name;
    await postProgress(`the convolutions of ${name}`);
    const net = netOf(name);
    const host = await openHost(backend, net, await inputOf(net));
    const calls = await convolutionsOf(() => host.predict(nothing));
    nets.push({ net: name, calls });
    await host.dispose();
  }
  return { nets };
}

showResult(list);
