/** Notices of the packages from which the bundles of a published package contain code. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Package of the compiler, whose library is compiled into the microkernels. */
const compiler = 'assemblyscript';

/**
 * The published packages: groups with a pattern of their published outputs, and the first sentence
 * of the notices. The groups must have been built before the notices.
 */
export const published = {
  tiled: {
    groups: { library: '\\.js$', commonjs: '\\.cjs$', scriptTag: '\\.js$' },
    says: `Files of this package contain code of the packages below: the standard library of ${compiler}\nis compiled into the microkernels.`,
  },
  validator: {
    groups: {
      validatorLibrary: '\\.js$',
      validatorCommonJS: '\\.cjs$',
      validatorPages: '\\.js$',
      validatorBackends: '\\.js$',
      scripts: '/validate\\.js$',
    },
    says: 'Files of this package contain code of the packages below: its pages contain tfjs. The library,\ndist/index.js and dist/index.cjs, contains none.',
  },
};

/**
 * Returns the packages of which an esbuild output contains code, by the folder that each was found in.
 * @param {{ inputs: Record<string, { bytesInOutput: number }> }} output one of a metafile's `outputs`
 */
export function packagesIn({ inputs }) {
  const used = Object.entries(inputs).filter(([, { bytesInOutput }]) => bytesInOutput > 0);
  const folders = used.map(([path]) =>
    path.startsWith('microkernels:')
      ? `node_modules/${compiler}`
      : /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1],
  );
  return [...new Set(folders)].filter((folder) => folder !== undefined).sort();
}

/** Returns the texts of a package's own licence files, or the part of its README that is one. */
async function textsIn(folder) {
  const names = (await readdir(folder)).filter((name) =>
    /^(licen[cs]e|copying|notice)\b.*/i.test(name),
  );
  if (names.length > 0) {
    return Promise.all(names.sort().map((name) => readFile(join(folder, name), 'utf8')));
  }
  const readme = await readFile(join(folder, 'README.md'), 'utf8').catch(() => '');
  const section = /^(?:#+ *)?licen[cs]e\b[^\n]*\n[\s\S]*Permission is hereby granted[\s\S]*/im.exec(
    readme,
  );
  return section === null ? [] : [section[0]];
}

/**
 * Compiles the file of notices from the records of the groups that were built.
 * @param {{ groups: Record<string, string>, says: string }} contents one of `published`
 * @param {(group: string) => string} recordOf path of a group's record, from `root`
 */
export async function compileNotices(root, { groups, says }, recordOf) {
  const folders = new Set();
  const records = Object.keys(groups).map(recordOf);
  for (const [i, pattern] of Object.values(groups).entries()) {
    const { packages } = JSON.parse(await readFile(join(root, records[i]), 'utf8'));
    for (const [path, brought] of Object.entries(packages)) {
      if (!new RegExp(pattern).test(path)) continue;
      // A module that a package leaves out for browsers is '(disabled):...' to esbuild.
      for (const folder of brought) if (!folder.startsWith('(')) folders.add(folder);
    }
  }
  const contents = await noticesOf(root, [...folders].sort(), says);
  return {
    files: [{ path: 'THIRD-PARTY-NOTICES.txt', contents }],
    inputs: ['LICENSE', 'scripts/notices.mjs', ...records],
  };
}

/**
 * Returns the notices as one text: name, version, licence and licence texts of each package.
 * @param {string} root folder of this repository, whose LICENSE is the text of Apache-2.0
 * @param {readonly string[]} folders folders of the packages, from `root`
 * @param {string} says first sentence
 * @throws Error if a package with another licence has no text of it
 */
async function noticesOf(root, folders, says) {
  const apache = await readFile(join(root, 'LICENSE'), 'utf8');
  const parts = [];
  for (const folder of folders) {
    const path = join(root, folder);
    const { name, version, license, author, repository } = JSON.parse(
      await readFile(join(path, 'package.json'), 'utf8'),
    );
    const texts = await textsIn(path);
    if (texts.length === 0 && license !== 'Apache-2.0') {
      throw new Error(`${name} ${version} has no text of its licence, ${license}`);
    }
    const from = typeof repository === 'string' ? repository : repository?.url;
    const by = typeof author === 'string' ? author : author?.name;
    const head = [`${name} ${version}`, `License: ${license}`];
    if (by) head.push(`Author: ${by}`);
    if (from) head.push(`Source: ${from}`);
    if (texts.length === 0) head.push('The text of Apache-2.0 is at the end of this file.');
    parts.push([...head, ...texts.map((text) => `\n${text.trim()}`)].join('\n'));
  }
  const rule = `\n\n${'-'.repeat(80)}\n\n`;
  return `${[says, ...parts, `Apache-2.0\n\n${apache.trim()}`].join(rule)}\n`;
}
