/** Contexts in which one call fails, or every call from one on: what drivers do on a bad day. */
import { errorQueue, type GlCall, replaceCall } from './contexts.js';

export interface FaultKind {
  readonly name: string;
  /** The calls that are counted, and of which the k-th fails. */
  readonly calls: readonly GlCall[];
  /** Whether every call after the k-th fails as well. */
  readonly lasts: boolean;
  /** What a failing call does in place of the real one. */
  fail(gl: WebGL2RenderingContext, call: Failing): unknown;
}

interface Failing {
  readonly real: (...args: unknown[]) => unknown;
  readonly args: unknown[];
  /** Leaves an error for getError(). */
  raise(error: GLenum): void;
}

const creating: readonly GlCall[] = [
  'createTexture',
  'createFramebuffer',
  'createProgram',
  'createShader',
  'createBuffer',
  'createVertexArray',
  'fenceSync',
];
const allocating: readonly GlCall[] = ['texStorage2D', 'texStorage3D', 'texImage2D', 'bufferData'];
const reading: readonly GlCall[] = ['readPixels', 'getBufferSubData'];
const drawing: readonly GlCall[] = ['drawArrays', 'drawElements'];
const uploading: readonly GlCall[] = ['texSubImage2D'];

function outOfMemory(gl: WebGL2RenderingContext, { raise }: Failing): void {
  raise(gl.OUT_OF_MEMORY);
}

export const faultKinds: readonly FaultKind[] = [
  { name: 'create gives null', calls: creating, lasts: false, fail: () => null },
  { name: 'memory is full', calls: allocating, lasts: false, fail: outOfMemory },
  { name: 'memory stays full', calls: allocating, lasts: true, fail: outOfMemory },
  {
    name: 'framebuffer incomplete',
    calls: ['checkFramebufferStatus'],
    lasts: false,
    fail: (gl) => gl.FRAMEBUFFER_UNSUPPORTED,
  },
  {
    name: 'framebuffers stay incomplete',
    calls: ['checkFramebufferStatus'],
    lasts: true,
    fail: (gl) => gl.FRAMEBUFFER_UNSUPPORTED,
  },
  {
    name: 'shader does not compile',
    calls: ['shaderSource'],
    lasts: false,
    fail: (_gl, { real, args: [shader] }) => real(shader, 'not a shader'),
  },
  {
    name: 'no shader compiles',
    calls: ['shaderSource'],
    lasts: true,
    fail: (_gl, { real, args: [shader] }) => real(shader, 'not a shader'),
  },
  // A program that was never linked is one whose link failed, to all that ask.
  { name: 'program does not link', calls: ['linkProgram'], lasts: false, fail: () => undefined },
  { name: 'no program links', calls: ['linkProgram'], lasts: true, fail: () => undefined },
  { name: 'upload fails', calls: uploading, lasts: false, fail: outOfMemory },
  { name: 'draw fails', calls: drawing, lasts: false, fail: outOfMemory },
  { name: 'read fails', calls: reading, lasts: false, fail: outOfMemory },
  {
    name: 'context is lost',
    calls: [
      ...creating,
      ...allocating,
      ...uploading,
      ...drawing,
      ...reading,
      'linkProgram',
      'getProgramParameter',
      'checkFramebufferStatus',
    ],
    lasts: false,
    fail: (gl, { real, args }) => {
      gl.getExtension('WEBGL_lose_context')?.loseContext();
      return real(...args);
    },
  },
];

/** One fault, armed in the contexts that it was put into. */
export interface Fault {
  /** Counted calls so far. */
  readonly calls: number;
  /** Whether a call has failed. */
  readonly struck: boolean;
}

/** Makes the k-th counted call of a context fail, from 1 on; 0 only counts. */
export function injectFault(gl: WebGL2RenderingContext, kind: FaultKind, k: number): Fault {
  const fault = { calls: 0, struck: false };
  const raise = errorQueue(gl);
  for (const name of kind.calls) {
    replaceCall(gl, name, (real, args) => {
      fault.calls++;
      const isHit = k > 0 && (kind.lasts ? fault.calls >= k : fault.calls === k);
      if (!isHit) return real(...args);
      fault.struck = true;
      return kind.fail(gl, { real, args, raise });
    });
  }
  return fault;
}
