/** Converts x [batch, channels, pixels] to float64 [batch, pixels, channels]. */
export function toChannelsLast(
  x: ArrayLike<number>,
  batch: number,
  channels: number,
  pixels: number,
): Float64Array {
  return transpose(new Float64Array(x.length), x, batch, channels, pixels);
}

/** Converts y [batch, pixels, channels] to float32 [batch, channels, pixels]. */
export function toChannelsFirst(
  y: ArrayLike<number>,
  batch: number,
  pixels: number,
  channels: number,
): Float32Array {
  return transpose(new Float32Array(y.length), y, batch, pixels, channels);
}

/** Transposes [batch, rows, cols] into [batch, cols, rows]. */
export function transpose<T extends Float32Array | Float64Array>(
  into: T,
  from: ArrayLike<number>,
  batch: number,
  rows: number,
  cols: number,
): T {
  for (let n = 0, i = 0; n < batch; n++) {
    const start = n * rows * cols;
    for (let r = 0; r < rows; r++) {
      for (let c = 0; c < cols; c++) into[start + c * rows + r] = from[i++];
    }
  }
  return into;
}
