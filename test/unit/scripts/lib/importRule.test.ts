/** Tests that the linter refuses the imports that the import rule forbids. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { root } from '../../../../scripts/lib/root.js';

interface Diagnostic {
  category: string;
  message: string;
  location: { path: string };
}

/** Lints a folder with the biome.json in it, by one rule only. */
function lint(folder: string, rule = 'style/noRestrictedImports'): Diagnostic[] {
  const biome = join(root, 'node_modules/@biomejs/biome/bin/biome');
  const args = [biome, 'lint', `--only=${rule}`, '--reporter=json', '--max-diagnostics=none', '.'];
  let report: string;
  try {
    report = execFileSync(process.execPath, args, { cwd: folder, encoding: 'utf8', stdio: 'pipe' });
  } catch (error) {
    report = (error as { stdout: string }).stdout;
  }
  return JSON.parse(report).diagnostics;
}

/** Lints a tree of these files alone; returns the complaints by file. */
function lintFiles(
  files: Record<string, string>,
  rule = 'style/noRestrictedImports',
): Map<string, string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'import-rule-'));
  try {
    copyFileSync(join(root, 'biome.json'), join(folder, 'biome.json'));
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    const complaints = new Map<string, string[]>();
    for (const { category, message, location } of lint(folder, rule)) {
      expect(category).to.equal(`lint/${rule}`);
      complaints.set(location.path, [...(complaints.get(location.path) ?? []), message]);
    }
    return complaints;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Imports that each file may not have, and imports that it may have. */
const cases: Record<string, { wrong: string[]; right: string[] }> = {
  'kernels/errors.ts': {
    wrong: ['./shape/window.js', './webgl/runner.js', '../src/engine/engineLog.js'],
    right: ['@tensorflow/tfjs-core'],
  },
  'kernels/shape/x.ts': {
    wrong: ['../webgl/layout/tile.js', '../errors.js', '../../src/engine/engineLog.js'],
    right: ['./convShape.js', '@tensorflow/tfjs-core'],
  },
  'kernels/webgl/layout/x.ts': {
    wrong: ['../runner.js', '../programs/index.js', '../../../src/webgl/device/device.js'],
    right: ['./tile.js', './tileAccess.glsl.js', '../../shape/convShape.js'],
  },
  'kernels/webgl/glsl/x.ts': {
    wrong: ['../programs/source.js', '../variants.js', '../../../src/webgl/device/device.js'],
    right: ['./nan.js', '../layout/tile.js', '../../shape/resize.js'],
  },
  'kernels/webgl/programs/x.ts': {
    wrong: ['../variants.js', '../Conv2D.js', '../runner.js'],
    right: ['./source.js', '../glsl/nan.js', '../layout/tile.js'],
  },
  'kernels/webgl/runner.ts': {
    wrong: ['./variants.js', './Conv2D.js', '../../src/webgl/TiledWebGLBackend.js'],
    right: ['./layout/tile.js', './programs/index.js', '../shape/convShape.js'],
  },
  'kernels/webgl/x.ts': {
    wrong: ['../../src/webgl/device/device.js', '../../src/tune/search.js', '../cpu/index.js'],
    right: ['./variants.js', './programs/index.js', '../errors.js'],
  },
  'kernels/cpu/x.ts': {
    wrong: ['../webgl/variants.js', '../webgl/layout/tile.js', '../../src/engine/engineLog.js'],
    right: ['./dense.js', '../shape/convShape.js', '@tensorflow/tfjs-backend-cpu'],
  },
  'kernels/cpu/shared/x.ts': {
    wrong: ['../kernel.js', '../../shape/convShape.js', '../../../src/cpu/heap.js'],
    right: ['./functions.js', '../wasm/numbers.js'],
  },
  'src/engine/x.ts': {
    wrong: ['../webgl/device/device.js', '../cpu/heap.js', '../../kernels/webgl/runner.js'],
    right: ['./engineLog.js', '../../package.json', '@tensorflow/tfjs-core'],
  },
  'src/webgl/device/x.ts': {
    wrong: ['../stock/stockGuard.js', '../TiledWebGLBackend.js', '../../../kernels/shape/fused.js'],
    right: ['./device.js', '../../../kernels/webgl/layout/tile.js'],
  },
  'src/webgl/stock/x.ts': {
    wrong: ['../context/drawing.js', '../TiledWebGLBackend.js', '../../../kernels/webgl/Conv2D.js'],
    right: ['./waits.js', '../device/device.js', '../../../kernels/errors.js'],
  },
  'src/webgl/recovery/x.ts': {
    wrong: ['../residency/tileStore.js', '../TiledWebGLBackend.js', '../../cpu/heap.js'],
    right: [
      '../frame.js',
      './keptValues.js',
      '../stock/stockInternals.js',
      '../../engine/engineLog.js',
    ],
  },
  'src/webgl/fusion/x.ts': {
    wrong: ['../context/drawing.js', '../device/device.js', '../../../kernels/webgl/Conv2D.js'],
    right: [
      '../frame.js',
      './work.js',
      '../../../kernels/webgl/runner.js',
      '../../../kernels/errors.js',
    ],
  },
  'src/webgl/context/x.ts': {
    wrong: ['../residency/tileStore.js', '../TiledWebGLBackend.js', '../fusion/fuser.js'],
    right: ['../frame.js', '../device/device.js', '../stock/stockInternals.js', './programs.js'],
  },
  'src/webgl/residency/x.ts': {
    wrong: ['../TiledWebGLBackend.js', '../../register.js', '../../../kernels/webgl/Conv2D.js'],
    right: [
      '../frame.js',
      '../context/drawing.js',
      '../fusion/deferred.js',
      '../recovery/keptValues.js',
    ],
  },
  'src/webgl/capture/x.ts': {
    wrong: [
      '../TiledWebGLBackend.js',
      '../../capture/captured.js',
      '../../cpu/capture/recorder.js',
      '../../../kernels/webgl/Conv2D.js',
    ],
    right: ['./recording.js', '../contextSession.js', '../../engine/kernelWatch.js'],
  },
  'src/webgl/frame.ts': {
    wrong: ['./device/device.js', './TiledWebGLBackend.js', '../../kernels/webgl/variants.js'],
    right: ['../engine/engineLog.js', '../../kernels/webgl/runner.js'],
  },
  'src/webgl/x.ts': {
    wrong: [
      '../register.js',
      '../cpu/heap.js',
      '../../kernels/webgl/Conv2D.js',
      '../tune/search.js',
    ],
    right: ['./residency/tileStore.js', '../engine/brand.js', '../../kernels/webgl/runner.js'],
  },
  'src/cpu/x.ts': {
    wrong: ['../webgl/device/device.js', '../../kernels/cpu/index.js', '../register.js'],
    right: [
      './heap.js',
      '../engine/engineLog.js',
      '../../kernels/shape/sizes.js',
      '../../kernels/cpu/shared/work.js',
    ],
  },
  'src/cpu/capture/x.ts': {
    wrong: [
      '../TiledCPUBackend.js',
      '../../capture/captured.js',
      '../../webgl/capture/recording.js',
      '../../../kernels/cpu/kernel.js',
    ],
    right: [
      './recorder.js',
      '../../engine/weightWatch.js',
      '../../../kernels/cpu/shared/work.js',
      '@tensorflow/tfjs-backend-cpu',
    ],
  },
  'src/capture/x.ts': {
    wrong: [
      '../cpu/capture/recorder.js',
      '../webgl/capture/recording.js',
      '../engine/recordings.js',
      '../../kernels/errors.js',
    ],
    right: ['./captured.js', '../tune/model.js', '@tensorflow/tfjs-core'],
  },
  'src/gradients/x.ts': {
    wrong: ['../register.js', '../webgl/frame.js', '../../kernels/webgl/Conv2D.js'],
    right: ['./dilated.js', '../../kernels/shape/convShape.js', '@tensorflow/tfjs-core'],
  },
  'src/tune/x.ts': {
    wrong: ['../webgl/device/device.js', '../tuning.js', '../../kernels/webgl/Conv2D.js'],
    right: ['./search.js', '../../kernels/webgl/variants.js', '../../kernels/shape/convShape.js'],
  },
  'src/validator/kernels/x.ts': {
    wrong: [
      '../../index.js',
      '../../../kernels/elementwise/unary.js',
      '@tensorflow/tfjs-backend-webgl',
    ],
    right: ['./bounded.js', '../oracle.js', '@tensorflow/tfjs-core'],
  },
  'src/validator/x.ts': {
    wrong: [
      '../../kernels/shape/convShape.js',
      '../index.js',
      '@tensorflow/tfjs-backend-webgl',
      '@tensorflow/tfjs-core/dist/engine',
    ],
    right: ['./oracle.js', '@tensorflow/tfjs-core'],
  },
};

/** Source texts with each way to import the same specifier. */
const forms: readonly ((specifier: string) => string)[] = [
  (specifier) => `import { a } from '${specifier}';\nconsole.log(a);\n`,
  (specifier) => `import type { B } from '${specifier}';\nexport type C = B;\n`,
  (specifier) => `export { d } from '${specifier}';\n`,
  (specifier) => `export const e = import('${specifier}');\n`,
];

/** Returns each case's file with its i-th import, in every form; omits cases that have fewer. */
function planted(which: 'wrong' | 'right', i: number): Record<string, string> {
  return Object.fromEntries(
    Object.entries(cases).flatMap(([path, { [which]: specifiers }]) =>
      i < specifiers.length ? [[path, forms.map((form) => form(specifiers[i])).join('')]] : [],
    ),
  );
}

describe('import rule', () => {
  for (const i of [0, 1, 2, 3]) {
    it(`refuses planted wrong imports (${i})`, () => {
      const files = planted('wrong', i);
      const complaints = lintFiles(files);
      expect(files).to.not.deep.equal({});
      expect([...complaints.keys()].sort()).to.deep.equal(Object.keys(files).sort());
      for (const messages of complaints.values()) {
        expect(messages).to.have.lengthOf(forms.length);
        for (const message of messages) expect(message).to.match(/^Import rule: /);
      }
    });
  }

  for (const i of [0, 1, 2]) {
    it(`takes the imports it allows (${i})`, () => {
      expect([...lintFiles(planted('right', i))]).to.deep.equal([]);
    });
  }

  it('refuses a circle of imports, even of types only', () => {
    const files = {
      'src/a.ts': "import type { B } from './b.js';\nexport type A = B[];\n",
      'src/b.ts': "import type { A } from './a.js';\nexport type B = A | null;\n",
      'src/c.ts': "import type { A } from './a.js';\nexport type C = A;\n",
    };
    const complaints = lintFiles(files, 'suspicious/noImportCycles');
    expect([...complaints.keys()].sort()).to.deep.equal(['src/a.ts', 'src/b.ts']);
  });

  for (const rule of ['style/noRestrictedImports', 'suspicious/noImportCycles']) {
    it(`holds in this project: ${rule}`, () => {
      expect(lint(root, rule)).to.deep.equal([]);
    });
  }
});
