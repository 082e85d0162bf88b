/** Links to small runs, for a visitor who has not run anything yet. */
import { toElement } from '../../lib/inPage/element.js';
import { h } from '../../report/html.js';
import { addressOf, initialSetup } from './address.js';
import type { Setup } from './run.js';

/** Runs of a few seconds, by what they show. */
const examples: Readonly<Record<string, Partial<Setup>>> = {
  'softmax on tiled-webgl': { q: 'softmax:*' },
  'a convolution in every variant': {
    q: 'conv2d:in=1x9x11x8;f=3x3x8x8;stride=1;pad=same;dil=1;fmt=NHWC;seed=1',
    variant: 'all',
  },
  'a known fault of stock cpu': {
    backend: 'cpu',
    reference: [],
    q: 'resizeNearestNeighborGrad:in=2x*',
  },
};

export function makeExamples(): HTMLElement {
  const links = Object.entries(examples).map(([text, part]) =>
    h('a', { class: 'button', href: addressOf({ ...initialSetup, ...part }) }, text),
  );
  return toElement(
    h(
      'section',
      { class: 'card', 'aria-label': 'Examples' },
      h('h2', {}, 'Or begin with an example'),
      h('div', { class: 'row' }, ...links),
    ),
  );
}
