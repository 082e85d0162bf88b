/** Output files of a command, checked before the work instead of after it. */
import { accessSync, constants, existsSync, statSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { UsageError } from './errors.js';

/**
 * Checks that a file can be written.
 * @param option the option that names the file, for the message
 * @returns a function that writes text to the file
 * @throws UsageError if its folder does not exist or the file cannot be written
 */
export function textOutput(option: string, file: string): (text: string) => void {
  const path = resolve(file);
  try {
    if (existsSync(path) && !statSync(path).isFile()) throw new Error('it is not a file');
    accessSync(existsSync(path) ? path : dirname(path), constants.W_OK);
  } catch (error) {
    const { message } = error as Error;
    throw new UsageError(`${option} is "${file}", which cannot be written: ${message}`);
  }
  return (text) => writeFileSync(path, text);
}

/** Same as `textOutput`, for a value that JSON can hold. */
export function jsonOutput(option: string, file: string): (json: unknown) => void {
  const write = textOutput(option, file);
  return (json) => write(`${JSON.stringify(json, null, 2)}\n`);
}
