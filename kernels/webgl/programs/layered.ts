/**
 * Programs whose operands have their planes in the layers of one array texture. Their texts are those
 * of programs that read one texture a plane, with other fetches: `texture(x3, at)` becomes
 * `texture(xPlanes, vec3(at, 3.0))`.
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
  return { fragment: withLayers(text, layers), samplers, operands: samplers, targets };
}

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
