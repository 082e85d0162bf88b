/** The global `tf` that the script tags of tfjs define, for the script tag of this package. */
import { peerDependencies } from '../package.json';

type Tfjs = Readonly<Record<string, unknown>>;

/** Oldest tfjs version that works. */
const oldest = peerDependencies['@tensorflow/tfjs-core'].slice(1);

const backendScripts = {
  MathBackendCPU: 'tf-backend-cpu.min.js',
  MathBackendWebGL: 'tf-backend-webgl.min.js',
} as const;

/**
 * Returns a copy of the current contents of the global `tf`, because the script of another tfjs
 * that follows would write into the same object.
 * @throws Error of one line that names the script that is missing, or the version that is too old
 */
export function takeTfjs(tf: Tfjs | undefined): Tfjs {
  const fault = tf === undefined ? noGlobal : faultOf(tf);
  if (fault !== null) throw new Error(`tfjs-backend-tiled: ${fault}`);
  return { ...tf };
}

const noGlobal =
  'there is no global tf: load tf.min.js before this script. Where the page does, the console says ' +
  'why it did not run: a wrong address, or a Content-Security-Policy';

function faultOf(tf: Tfjs): string | null {
  const version = tf.version_core;
  if (typeof version !== 'string') {
    return 'the global tf is without tfjs-core: load tf-core.min.js, or tf.min.js, before this script';
  }
  if (isOlder(version, oldest)) return `tfjs is ${version}; it must be ${oldest} or later`;
  const absent = Object.entries(backendScripts).filter(([name]) => tf[name] === undefined);
  if (absent.length === 0) return null;
  const files = absent.map(([, file]) => file).join(' and ');
  return `the global tf is without a stock backend: load ${files} of ${version} before this script`;
}

function isOlder(version: string, than: string): boolean {
  const [[major, minor], [thanMajor, thanMinor]] = [version, than].map((text) =>
    text.split('.').map(Number),
  );
  return major < thanMajor || (major === thanMajor && minor < thanMinor);
}
