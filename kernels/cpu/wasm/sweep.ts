import { Sweep } from './sweepJob';
import { sweepPair } from './sweepPair';
import { sweepRow } from './sweepRow';

/**
 * Computes a depthwise convolution by a 3x3 filter, 4 channels at a time, along a row of output
 * pixels. The nine weights stay in registers. A column of x is loaded once for all output pixels
 * that see it. Only output rows `from` to `to`, counted over all images, are computed.
 */
export function sweep3x3(job: Sweep, from: i32, to: i32): void {
  const channels = job.channels;
  const canPair = job.strideHeight == 1 && job.strideWidth == 1 && job.dilationHeight == 1;
  for (let n = 0; n < job.batch; n++) {
    const before = n * job.outHeight;
    const first = max(0, from - before);
    const end = min(job.outHeight, to - before);
    let touched = max(0, first * job.strideHeight - job.padTop);
    let row = first;
    while (row < end) {
      const top = row * job.strideHeight - job.padTop;
      const isPair = canPair && row + 1 < end && top >= 0 && top + 4 <= job.inHeight;
      const seen = min(job.inHeight, top + (isPair ? 4 : 2 * job.dilationHeight + 1));
      if (seen > touched) {
        touch(job, n, touched, seen);
        touched = seen;
      }
      const last = (channels & 3) == 0 ? channels : channels - 4;
      for (let channel = 0; channel + 4 <= channels; channel += 4) {
        if (isPair) sweepPair(job, n, row, channel);
        else sweepRow(job, n, row, channel);
      }
      if (last < channels) {
        if (isPair) sweepPair(job, n, row, last);
        else sweepRow(job, n, row, last);
      }
      row += isPair ? 2 : 1;
    }
  }
}

/** Loads rows of x into the cache in memory order, which is fastest. */
function touch(job: Sweep, n: i32, from: i32, to: i32): void {
  const rowBytes = <usize>job.inWidth * ((<usize>job.channels) << 2);
  const image = job.x + <usize>(n * job.inHeight) * rowBytes;
  const end = image + <usize>to * rowBytes;
  let all = 0;
  for (let at = image + <usize>from * rowBytes; at < end; at += 64) all |= load<i32>(at);
  job.touched = all;
}
