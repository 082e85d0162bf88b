/** THE table of the website's pages, in the order of its navigation. */

export interface PageRow {
  /** Address in the site, from its top. */
  readonly url: string;
  /** Name in the navigation. */
  readonly label: string;
  /** Markdown file of the repository; null for a page that is generated, or is a tool. */
  readonly source: string | null;
}

export interface Section {
  readonly title: string;
  readonly pages: readonly PageRow[];
}

const page = (url: string, label: string, source: string | null = null): PageRow => ({
  url,
  label,
  source,
});

const guide = (name: string, label: string) =>
  page(`guide/${name}.html`, label, `docs/guide/${name}.md`);

const document = (name: string, label: string) => page(`${name}.html`, label, `docs/${name}.md`);

/** Folders of examples/, each with a page that shows its files. */
export const exampleNames = [
  ...['script-tag', 'vite-app', 'worker', 'node-server', 'webcam', 'training', 'global-tf'],
  ...['jest', 'vitest', 'nsfwjs', 'face-api', 'human', 'upscaler'],
] as const;

/** Entries of the package, and the package of the validator, by the name of their page. */
export const entryPages: Readonly<Record<string, string>> = {
  index: '.',
  base: './base',
  webgl: './webgl',
  cpu: './cpu',
  errors: './errors',
  validator: 'tfjs-conv-validate',
};

/** Name by which an entry is imported. */
export const importOf = (entry: string): string =>
  entry.startsWith('.') ? `tfjs-backend-tiled${entry.slice(1)}` : entry;

export const sections: readonly Section[] = [
  {
    title: 'Guide',
    pages: [
      page('index.html', 'Start', 'README.md'),
      guide('opt-in', 'Opt in'),
      guide('engines', 'Choose an engine'),
      guide('warm-up', 'Warm up'),
      guide('capture', 'Capture'),
      guide('tune', 'Tune'),
      guide('memory', 'Memory'),
      guide('lost-contexts', 'Lost contexts'),
      guide('training', 'Training'),
      guide('threads', 'Threads'),
      guide('workers', 'Workers'),
      guide('content-security', 'Content-Security-Policy'),
      guide('server-rendering', 'Server-side rendering'),
      guide('cdn', 'CDN and integrity'),
      guide('own-model', 'Measure your own model'),
      guide('validate', 'Validate a backend'),
      document('troubleshooting', 'Troubleshooting'),
    ],
  },
  {
    title: 'Reference',
    pages: [
      ...Object.entries(entryPages).map(([name, entry]) =>
        page(`api/${name}.html`, importOf(entry).replace('tfjs-backend-tiled/', '/')),
      ),
      guide('flags', 'Flags'),
      guide('kernels', 'What is computed in tiles'),
    ],
  },
  {
    title: 'Examples',
    pages: [
      page('examples/index.html', 'All examples', 'examples/README.md'),
      ...exampleNames.map((name) => page(`examples/${name}.html`, name)),
    ],
  },
  {
    title: 'Evidence',
    pages: [
      document('performance', 'Figures'),
      document('devices', 'Devices'),
      document('findings', 'Findings in stock tfjs'),
      document('reliability', 'Reliability'),
    ],
  },
  {
    title: 'Tools',
    pages: [page('own-model.html', 'Own model'), page('validator.html', 'Validator')],
  },
  {
    title: 'Project',
    pages: [
      page('architecture.html', 'Architecture', 'ARCHITECTURE.md'),
      page('contributing.html', 'Contributing', 'CONTRIBUTING.md'),
      guide('commands', 'Commands'),
      document('device-farms', 'Device farms'),
      document('releasing', 'Releasing'),
      page('changelog.html', 'Changes', 'CHANGELOG.md'),
      page('security.html', 'Security', 'SECURITY.md'),
    ],
  },
];

/** All pages of the navigation. */
export const allPages: readonly PageRow[] = sections.flatMap(({ pages }) => pages);

/** Files of the tools' pages, which the build has made in dist/pages. */
export const toolFiles: readonly string[] = [
  ...['own-model.html', 'own-model.js', 'validator.html', 'validator.js'],
  ...['backend-wasm.js', 'backend-webgpu.js'],
];
