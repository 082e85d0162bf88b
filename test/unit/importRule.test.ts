/** The import rule is only worth its name if the linter refuses what it forbids. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { root } from '../../scripts/lib/root.js';

interface Diagnostic {
  category: string;
  message: string;
  location: { path: string };
}

/** The lint of a folder with the biome.json that lies in it, the import rule only. */
function lint(folder: string): Diagnostic[] {
  const biome = join(root, 'node_modules/@biomejs/biome/bin/biome');
  const rule = '--only=style/noRestrictedImports';
  const args = [biome, 'lint', rule, '--reporter=json', '--max-diagnostics=none', '.'];
  let report: string;
  try {
    report = execFileSync(process.execPath, args, { cwd: folder, encoding: 'utf8', stdio: 'pipe' });
  } catch (error) {
    report = (error as { stdout: string }).stdout;
  }
  return JSON.parse(report).diagnostics;
}

/** Lints a tree that holds these files alone; the complaints by file. */
function lintFiles(files: Record<string, string>): Map<string, string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'import-rule-'));
  try {
    copyFileSync(join(root, 'biome.json'), join(folder, 'biome.json'));
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    const complaints = new Map<string, string[]>();
    for (const { category, message, location } of lint(folder)) {
      expect(category).to.equal('lint/style/noRestrictedImports');
      complaints.set(location.path, [...(complaints.get(location.path) ?? []), message]);
    }
    return complaints;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Per file: what it may not import, and what it may. */
const cases: Record<string, { wrong: string[]; right: string[] }> = {
  'src/shape/x.ts': {
    wrong: ['../layout/tile.js', '../device/device.js', '../../kernels/webgl/variants.js'],
    right: ['./convShape.js', '@tensorflow/tfjs-core'],
  },
  'src/layout/x.ts': {
    wrong: ['../device/device.js', '../runner.js', '../../kernels/webgl/programs/index.js'],
    right: ['./tile.js', '../shape/convShape.js'],
  },
  'src/device/x.ts': {
    wrong: ['../backend/TiledWebGLBackend.js', '../shape/convShape.js', '../register.js'],
    right: ['./device.js', '../layout/tile.js', '@tensorflow/tfjs-backend-webgl'],
  },
  'src/runner.ts': {
    wrong: ['./device/device.js', './backend/TiledWebGLBackend.js', '../kernels/webgl/Conv2D.js'],
    right: ['./shape/convShape.js', './layout/tile.js', '../kernels/webgl/programs/index.js'],
  },
  'src/tune/x.ts': {
    wrong: ['../device/device.js', '../backend/tileStore.js', '../../kernels/webgl/Conv2D.js'],
    right: ['../shape/convShape.js', '../runner.js', '../../kernels/webgl/variants.js'],
  },
  'src/backend/x.ts': {
    wrong: ['../../kernels/webgl/Conv2D.js', '../../kernels/cpu/index.js', '../register.js'],
    right: ['../device/device.js', '../runner.js', '../../kernels/webgl/programs/index.js'],
  },
  'src/validator/x.ts': {
    wrong: [
      '../shape/convShape.js',
      '../index.js',
      '@tensorflow/tfjs-backend-webgl',
      '@tensorflow/tfjs-core/dist/engine',
    ],
    right: ['./oracle.js', '@tensorflow/tfjs-core'],
  },
  'kernels/webgl/x.ts': {
    wrong: ['../../src/device/device.js', '../../src/backend/tileStore.js', '../cpu/index.js'],
    right: ['./variants.js', './programs/index.js', '../../src/runner.js'],
  },
  'kernels/webgl/programs/x.ts': {
    wrong: ['../variants.js', '../Conv2D.js', '../../../src/runner.js'],
    right: ['./source.js', '../glsl/activation.js', '../../../src/layout/tile.js'],
  },
  'kernels/webgl/glsl/x.ts': {
    wrong: ['../programs/source.js', '../../../src/device/device.js'],
    right: ['./activation.js', '../../../src/layout/tile.js'],
  },
  'kernels/cpu/x.ts': {
    wrong: ['../webgl/variants.js', '../../src/layout/tile.js', '../../src/backend/engineLog.js'],
    right: ['./dense.js', '../../src/shape/convShape.js', '@tensorflow/tfjs-backend-cpu'],
  },
};

/** The same specifier in each way to import it. */
const forms: readonly ((specifier: string) => string)[] = [
  (specifier) => `import { a } from '${specifier}';\nconsole.log(a);\n`,
  (specifier) => `import type { B } from '${specifier}';\nexport type C = B;\n`,
  (specifier) => `export { d } from '${specifier}';\n`,
  (specifier) => `export const e = import('${specifier}');\n`,
];

/** Each case's file with its i-th import, in every form; without the cases that have fewer. */
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

  it('holds in this project', () => {
    expect(lint(root)).to.deep.equal([]);
  });
});
