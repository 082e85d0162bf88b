/** Ways of a page to hand texts and files to its user. */
import { h } from '../../report/html.js';
import { toElement } from './element.js';

/** Downloads a file under its name. */
export function download(file: File): void {
  const href = URL.createObjectURL(file);
  toElement(h('a', { href, download: file.name })).click();
  setTimeout(() => URL.revokeObjectURL(href), 10_000);
}

/** Copies a text, also where a page has no clipboard because its host has no certificate. */
export async function copy(text: string): Promise<void> {
  if (navigator.clipboard !== undefined) return navigator.clipboard.writeText(text);
  // Not laid out, so that the page stays where it is.
  const style = 'position:fixed;left:0;bottom:0;width:1px;height:1px;opacity:0';
  const area = toElement(h('textarea', { style, readonly: true }));
  area.value = text;
  document.body.append(area);
  area.select();
  const isCopied = document.execCommand('copy');
  area.remove();
  if (!isCopied) throw new Error('the browser does not let the page copy');
}
