/** Parts that the results of all pages share. */

export interface Device {
  /** Unmasked renderer string of the browser's WebGL2. */
  renderer: string;
  userAgent: string;
}

/** Reason why a page has no result. */
export interface PageError {
  error: string;
}
