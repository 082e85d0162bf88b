/** The microkernels of kernels/cpu/wasm, compiled by scripts/build.mjs. */
declare module 'microkernels:*' {
  const bytes: Uint8Array<ArrayBuffer>;
  export default bytes;
}
