/** The tables of nets, by the suite of `npm run bench` that runs them. */
import type { Net } from './net.js';
import { nets } from './nets.js';
import { trained } from './training/table.js';
import { zoo } from './zoo/table.js';

/** Suites of whole nets; the nets of `training` are trained, and a prediction of theirs is a step. */
export type NetSuite = 'models' | 'zoo' | 'training';

const suites: Readonly<Record<NetSuite, readonly Net[]>> = { models: nets, zoo, training: trained };

/** Returns the names of a suite's nets. */
export const namesOf = (suite: NetSuite): string[] => suites[suite].map(({ name }) => name);

const all = Object.values(suites).flat();

/** Returns the sentence on a net; empty for a net of no suite. */
export const aboutOf = (name: string): string => all.find((net) => net.name === name)?.about ?? '';

/** Returns a net of any suite by name; throws an error if there is no such net. */
export function netOf(name: string): Net {
  const net = all.find((candidate) => candidate.name === name);
  if (net === undefined) throw new Error(`net ${name} is unknown`);
  return net;
}
