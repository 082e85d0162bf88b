/** Contexts in which one call fails, or every call from one on, as with a failing driver. */
import { errorQueue, type GlCall, replaceCall } from './contexts.js';

export interface FaultKind {
  readonly name: string;
  /** Methods whose calls are counted; the k-th call fails. */
  readonly calls: readonly GlCall[];
  /** True if every call after the k-th fails as well. */
  readonly lasts: boolean;
  /** True if the program that the fault hits may end in an error. The next program never may. */
  readonly mayFail: boolean;
  /** Replaces the real call when it is to fail. */
  fail(gl: WebGL2RenderingContext, call: Failing): unknown;
}

interface Failing {
  readonly real: (...args: unknown[]) => unknown;
  readonly args: unknown[];
  /** Adds an error for getError() to return. */
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
const allocating: readonly GlCall[] = ['texStorage2D', 'texStorage3D', 'bufferData'];
const reading: readonly GlCall[] = ['readPixels', 'getBufferSubData'];
const drawing: readonly GlCall[] = ['drawArrays', 'drawElements'];
const uploading: readonly GlCall[] = ['texSubImage2D'];
const waiting: readonly GlCall[] = ['clientWaitSync'];

function outOfMemory(gl: WebGL2RenderingContext, { raise }: Failing): void {
  raise(gl.OUT_OF_MEMORY);
}

export const faultKinds: readonly FaultKind[] = [
  { name: 'create gives null', calls: creating, lasts: false, mayFail: true, fail: () => null },
  { name: 'memory is full', calls: allocating, lasts: false, mayFail: true, fail: outOfMemory },
  { name: 'memory stays full', calls: allocating, lasts: true, mayFail: false, fail: outOfMemory },
  {
    name: 'framebuffer incomplete',
    calls: ['checkFramebufferStatus'],
    lasts: false,
    mayFail: false,
    fail: (gl) => gl.FRAMEBUFFER_UNSUPPORTED,
  },
  {
    name: 'framebuffers stay incomplete',
    calls: ['checkFramebufferStatus'],
    lasts: true,
    mayFail: false,
    fail: (gl) => gl.FRAMEBUFFER_UNSUPPORTED,
  },
  {
    name: 'shader does not compile',
    calls: ['shaderSource'],
    lasts: false,
    mayFail: false,
    fail: (_gl, { real, args: [shader] }) => real(shader, 'not a shader'),
  },
  {
    name: 'no shader compiles',
    calls: ['shaderSource'],
    lasts: true,
    mayFail: false,
    fail: (_gl, { real, args: [shader] }) => real(shader, 'not a shader'),
  },
  // Skip the call, because WebGL reports a program that was never linked as failed to link.
  {
    name: 'program does not link',
    calls: ['linkProgram'],
    lasts: false,
    mayFail: false,
    fail: () => undefined,
  },
  {
    name: 'no program links',
    calls: ['linkProgram'],
    lasts: true,
    mayFail: false,
    fail: () => undefined,
  },
  { name: 'upload fails', calls: uploading, lasts: false, mayFail: true, fail: outOfMemory },
  { name: 'draw fails', calls: drawing, lasts: false, mayFail: true, fail: outOfMemory },
  { name: 'read fails', calls: reading, lasts: false, mayFail: true, fail: outOfMemory },
  {
    name: 'wait fails',
    calls: waiting,
    lasts: false,
    mayFail: false,
    fail: (gl) => gl.WAIT_FAILED,
  },
  {
    name: 'every wait fails',
    calls: waiting,
    lasts: true,
    mayFail: false,
    fail: (gl) => gl.WAIT_FAILED,
  },
  {
    name: 'context is lost',
    calls: [
      ...creating,
      ...allocating,
      ...uploading,
      ...drawing,
      ...reading,
      ...waiting,
      'linkProgram',
      'checkFramebufferStatus',
    ],
    lasts: false,
    mayFail: true,
    fail: (gl, { real, args }) => {
      gl.getExtension('WEBGL_lose_context')?.loseContext();
      return real(...args);
    },
  },
];

/**
 * Programs that faults are injected into: a prediction, with everything that comes before it, and
 * predictions through a capture that was made without a fault.
 */
export const programNames = ['eager', 'captured'] as const;

export type ProgramName = (typeof programNames)[number];

/** One fault, and its effect on the contexts that it was injected into. */
export interface Fault {
  /** Number of counted calls so far, by method. */
  readonly calls: ReadonlyMap<GlCall, number>;
  /** Method of the first call that failed; null until one fails. */
  readonly struck: GlCall | null;
  /** Begins to count calls, and to make one fail. */
  arm(): void;
  /** Injects the fault into a context. */
  into(gl: WebGL2RenderingContext): void;
}

/**
 * Returns a fault that makes the k-th counted call fail, from 1. With k = 0, it only counts.
 * @param isArmed false if calls count only after arm()
 */
export function faultOf(kind: FaultKind, k: number, isArmed = true): Fault {
  const calls = new Map<GlCall, number>(kind.calls.map((name) => [name, 0]));
  let total = 0;
  let counts = isArmed;
  const fault = {
    calls,
    struck: null as GlCall | null,
    arm(): void {
      counts = true;
    },
    into(gl: WebGL2RenderingContext): void {
      const raise = errorQueue(gl);
      for (const name of kind.calls) {
        replaceCall(gl, name, (real, args) => {
          if (!counts) return real(...args);
          total++;
          calls.set(name, (calls.get(name) as number) + 1);
          const isHit = k > 0 && (kind.lasts ? total >= k : total === k);
          if (!isHit) return real(...args);
          fault.struck ??= name;
          return kind.fail(gl, { real, args, raise });
        });
      }
    },
  };
  return fault;
}
