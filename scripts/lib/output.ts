/** Files that a command writes its result to, checked before the work and not after it. */
import { accessSync, constants, existsSync, statSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { UsageError } from './errors.js';

/**
 * Checks that a file can be written.
 * @param option the option that names the file, for the message
 * @returns what writes text to it
 * @throws UsageError when its folder is not there or the file cannot be written
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

/** `textOutput` for a value that JSON can hold. */
export function jsonOutput(option: string, file: string): (json: unknown) => void {
  const write = textOutput(option, file);
  return (json) => write(`${JSON.stringify(json, null, 2)}\n`);
}
