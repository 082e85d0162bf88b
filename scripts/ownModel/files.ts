/** Files of a model, as a user picks them: which is the model, and which are its weights. */

/** Entry of weightsManifest in a model.json, as far as files go. */
export interface WeightGroup {
  readonly paths: readonly string[];
}

const baseOf = (path: string) => path.slice(path.lastIndexOf('/') + 1);
const folderOf = (path: string) => path.slice(0, path.lastIndexOf('/') + 1);

const listed = (names: readonly string[]) => names.map((name) => `"${name}"`).join(', ');

/** True for the path or address of a TensorFlow Lite model. */
export const isTflite = (path: string): boolean => /\.tflite$/i.test(path.replace(/[?#].*$/, ''));

/**
 * Returns the path of the model among picked files: the only .tflite, the only model.json, or else the
 * only .json.
 * @throws Error that says what is missing, or which files could both be meant
 */
export function modelAmong(paths: readonly string[]): string {
  const tflite = paths.filter(isTflite);
  const json = paths.filter((path) => /\.json$/i.test(path));
  const named = json.filter((path) => baseOf(path).toLowerCase() === 'model.json');
  const found = [...tflite, ...(named.length > 0 ? named : json)];
  if (found.length === 1) return found[0];
  if (found.length > 1) {
    throw new Error(`The files hold ${found.length} models, ${listed(found)}: pick one of them.`);
  }
  const given = paths.length === 0 ? 'no file' : listed(paths.slice(0, 5));
  throw new Error(
    `There is no model among the files (${given}): it is a model.json with its weight files, or a .tflite.`,
  );
}

/**
 * Finds the weight files that a model.json names: beside it, or else by their names alone, since files
 * that are picked one by one have no folders.
 * @param model path of the model.json
 * @param paths of all picked files
 * @returns the picked path of each path in the manifest
 * @throws Error that names the files that are missing, or that could both be meant
 */
export function matchShards(
  groups: readonly WeightGroup[],
  model: string,
  paths: readonly string[],
): Map<string, string> {
  const wanted = groups.flatMap((group) => group.paths);
  const found = new Map<string, string>();
  for (const path of wanted) {
    const exact = `${folderOf(model)}${path}`;
    const same = paths.filter((other) => baseOf(other) === baseOf(path));
    const isNear = paths.includes(exact);
    if (!isNear && same.length > 1) {
      throw new Error(`The weight file "${path}" may be any of ${listed(same)}: pick one of them.`);
    }
    if (isNear || same.length === 1) found.set(path, isNear ? exact : same[0]);
  }
  const missing = wanted.filter((path) => !found.has(path));
  if (missing.length === 0) return found;
  const files = missing.length === 1 ? 'is missing' : 'are missing';
  throw new Error(
    `${baseOf(model)} names ${wanted.length} weight files, of which ${listed(missing)} ${files}: ` +
      `pick ${missing.length === 1 ? 'it' : 'them'} together with ${baseOf(model)}.`,
  );
}
