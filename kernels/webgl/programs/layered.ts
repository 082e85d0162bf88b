/**
 * Programs whose operands have their planes in the layers of one array texture. Their texts are those
 * of programs that read one texture a plane, with other fetches: `texture(x3, at)` becomes
 * `texture(xPlanes, vec3(at, 3.0))`.
 *
 * The layer after the planes is zero, and so is every layer after that, because a fetch takes the last
 * layer instead. So a texel is masked by its layer: where a mask is zero, the fetch goes past the
 * planes. That takes one addition, or none, where a mask takes an operation for each number.
 */
import type { ProgramSource } from './source.js';

/** Returns the program that reads each operand of several planes from one array texture. */
export function layered({ fragment, operands, targets }: ProgramSource): ProgramSource {
  const layers = new Map<string, string>();
  const samplers = operands.map((operand) => {
    if (typeof operand === 'string') return operand;
    if (operand.length === 1) return operand[0];
    const array = `${operand[0].slice(0, -1)}Planes`;
    for (const [layer, plane] of operand.entries()) layers.set(plane, `${array}, ${layer}.0`);
    return array;
  });
  if (layers.size === 0) return { fragment, samplers, operands: samplers, targets };
  const arrays = samplers.filter((name) => name.endsWith('Planes'));
  const precision = 'precision highp sampler2DArray;\n';
  const declarations = arrays.map((name) => `uniform sampler2DArray ${name};\n`);
  const text = fragment
    .replace(precision, '')
    .replace(/uniform sampler2D (\w+);\n/g, (line, name) => (layers.has(name) ? '' : line))
    .replace('precision highp sampler2D;\n', (line) => [line, precision, ...declarations].join(''));
  return {
    fragment: withLayers(maskedByLayer(chosenByNumber(text, layers), layers), layers),
    samplers,
    operands: samplers,
    targets,
  };
}

/** Makes a choice among planes of an operand by their numbers one fetch of the layer of that number. */
function chosenByNumber(text: string, layers: ReadonlyMap<string, string>): string {
  return text.replace(
    /switch \((.*)\) \{\n *case \d+: return texture\((\w+), at\);\n(?: *case .*\n)* *\}/g,
    (whole, number: string, first: string) => {
      const [array] = layers.get(first)?.split(', ') ?? [];
      return array === undefined ? whole : `return texture(${array}, vec3(at, float(${number})));`;
    },
  );
}

/** Lets fetches of planes behind a mask choose a layer instead. */
function maskedByLayer(text: string, layers: ReadonlyMap<string, string>): string {
  const masks = new Set<string>();
  const fetches = text.replace(
    /masked\(texture\((\w+), (.*)\), inside(\w+)\);$/gm,
    (whole, plane: string, place: string, mask: string) => {
      const layer = layers.get(plane);
      if (layer === undefined) return whole;
      masks.add(mask);
      const [array, number] = layer.split(', ');
      return `texture(${array}, vec3(${place}, ${number} + outside${mask}));`;
    },
  );
  return fetches
    .replace(
      /masked\(texture\((\w+Planes), vec3\((.*)\)\), inside(\w+)\);$/gm,
      (_, array: string, place: string, mask: string) => {
        masks.add(mask);
        return `texture(${array}, vec3(${place} + outside${mask}));`;
      },
    )
    .replace(
      /^ *uvec4 inside(\w+) = uvec4\(maskOf\((.*)\)\);$/gm,
      (line, mask: string, isInside: string) =>
        masks.has(mask) ? `${line}\n  float outside${mask} = ${isInside} ? 0.0 : ${PAST};` : line,
    );
}

/** More layers than an operand has. */
const PAST = '64.0';

/** Replaces every fetch of a plane by a fetch of its layer. */
function withLayers(text: string, layers: ReadonlyMap<string, string>): string {
  const parts: string[] = [];
  let from = 0;
  for (const { index, 0: call, 1: plane } of text.matchAll(/texture\((\w+), /g)) {
    const layer = layers.get(plane);
    if (layer === undefined) continue;
    const [array, number] = layer.split(', ');
    const start = index + call.length;
    const end = closing(text, start);
    parts.push(
      text.slice(from, index),
      `texture(${array}, vec3(${text.slice(start, end)}, ${number})`,
    );
    from = end;
  }
  return [...parts, text.slice(from)].join('');
}

/** Returns the index of the parenthesis that closes the one opened before `start`. */
function closing(text: string, start: number): number {
  let depth = 1;
  for (let i = start; ; i++) {
    if (text[i] === '(') depth++;
    if (text[i] === ')' && --depth === 0) return i;
  }
}
