/** Runs one model on every backend, in a browser. */
import { Failure, UsageError } from '../lib/errors.js';
import { runPage } from '../lib/page.js';
import { endProgress, showProgress } from '../report/progress.js';
import type { StartRequest } from './options.js';
import type { ModelRun, StartError } from './results.js';

const timeoutMs = 10 * 60_000;

/** Path of the user's picture on the page's server. */
const given = '/picture';

/** @throws UsageError if the browser cannot read the user's picture */
export async function runModel(model: string, { image, browser }: StartRequest): Promise<ModelRun> {
  const result = (await runPage({
    page: 'start.html',
    query: { model, ...(image && { picture: given }) },
    files: image && { [given]: image.bytes },
    browser,
    timeoutMs,
    onProgress: showProgress,
  })) as ModelRun | StartError;
  endProgress();
  if (!('error' in result)) return result;
  if (result.unreadablePicture && image !== undefined) {
    throw new UsageError(
      `--image is "${image.file}", which is not a picture that the browser can read; it must be a PNG, JPEG or WebP file`,
    );
  }
  throw new Failure(`page start.html: ${result.error}`);
}
