/** Sources of a user's model: picked files, or an address. */
import { isTflite, matchShards, modelAmong, type WeightGroup } from '../files.js';

export interface ModelSource {
  /** Name of the model's file. */
  readonly name: string;
  readonly isTflite: boolean;
  /** Reads the model's file. */
  read(): Promise<ArrayBuffer>;
  /**
   * Reads all weight files of a manifest, in order.
   * @throws Error that names the files that are missing
   */
  weights(groups: readonly WeightGroup[]): Promise<ArrayBuffer[]>;
}

/** A file with its path among those that were picked, or its name. */
export interface PickedFile {
  readonly path: string;
  readonly file: File;
}

/** @throws Error that says which model is missing, or that there are several */
export function sourceOfFiles(picked: readonly PickedFile[]): ModelSource {
  const paths = picked.map(({ path }) => path);
  const model = modelAmong(paths);
  const bytesOf = (path: string) => {
    const { file } = picked.find((one) => one.path === path)!;
    return file.arrayBuffer();
  };
  return {
    name: model,
    isTflite: isTflite(model),
    read: () => bytesOf(model),
    async weights(groups) {
      const found = matchShards(groups, model, paths);
      return Promise.all([...found.values()].map(bytesOf));
    },
  };
}

/**
 * Returns the source of an address, relative to the page; weight files are relative to the model.
 * @throws Error if it is no address
 */
export function sourceOfUrl(address: string): ModelSource {
  const base = URL.canParse(address, location.href) ? new URL(address, location.href) : null;
  if (base === null) {
    throw new Error(`"${address}" is no address: it must be that of a model.json or a .tflite.`);
  }
  return {
    name: base.pathname.slice(base.pathname.lastIndexOf('/') + 1) || base.hostname,
    isTflite: isTflite(address),
    read: () => bytesAt(base),
    weights: (groups) =>
      Promise.all(groups.flatMap(({ paths }) => paths.map((path) => bytesAt(new URL(path, base))))),
  };
}

async function bytesAt(url: URL): Promise<ArrayBuffer> {
  let response: Response;
  try {
    response = await fetch(url);
  } catch {
    const isFile = location.protocol === 'file:' && url.protocol === 'file:';
    const why = isFile
      ? 'a page that was opened from a file may not read other files: pick the files instead'
      : 'there is no such host, or it does not let other pages read its files (CORS)';
    throw new Error(`${url.href} could not be read: ${why}.`);
  }
  if (!response.ok) throw new Error(`${url.href} could not be read: status ${response.status}.`);
  return response.arrayBuffer();
}

/** Returns the files that a user dropped, those in folders too. */
export async function droppedFiles({ items, files }: DataTransfer): Promise<PickedFile[]> {
  // The list of a drop is empty after the first wait, so that all entries are taken before.
  const entries = [...items].map((item) => item.webkitGetAsEntry?.() ?? null);
  if (!entries.some((entry) => entry?.isDirectory)) return pickedFiles(files);
  const trees = await Promise.all(entries.map((entry) => (entry === null ? [] : filesIn(entry))));
  return trees.flat();
}

/** Returns the files of an input, by their paths if a folder was picked. */
export function pickedFiles(files: FileList): PickedFile[] {
  return [...files].map((file) => ({ file, path: file.webkitRelativePath || file.name }));
}

async function filesIn(entry: FileSystemEntry): Promise<PickedFile[]> {
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) => {
      (entry as FileSystemFileEntry).file(resolve, reject);
    });
    return [{ file, path: entry.fullPath.replace(/^\//, '') }];
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  const all: PickedFile[] = [];
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => {
      reader.readEntries(resolve, reject);
    });
    // A reader hands out a folder in parts, and nothing after the last.
    if (some.length === 0) return all;
    all.push(...(await Promise.all(some.map(filesIn))).flat());
  }
}
