/** Draws that measure the device, and nothing else. */
import { type Tile, type TileLayout, tileLayout } from '../../../kernels/webgl/layout/tile.js';
import {
  PROBE_BLOCK,
  PROBE_SIDE,
  type ProbeWork,
  probeTile,
  workOfTurn,
} from '../../../kernels/webgl/programs/probe.js';
import type { Operand } from '../../../kernels/webgl/runner.js';
import type { Device } from '../device/device.js';
import type { PlaneSet } from '../device/planeSets.js';
import type { Drawing } from './drawing.js';
import { tileOperand } from './operands.js';

const onePixel: Tile = { w: 1, h: 1, c: 1 };

/** Pixels across and down the target of the draws whose fragments work: enough for every core. */
const WORK_SIDE = 256;

/** Pixels across and down an image of the draws that do next to nothing, and how many there are. */
const IDLE_SIDE = 4;
const IDLE_IMAGES = 16;

/** Near one, so that sums remain small numbers; no power of two, which a device may be faster with. */
const FACTOR = 0.997;

export class Probes {
  private readonly sets: PlaneSet[] = [];
  private readonly x: Operand;
  private readonly w: Operand;
  private readonly weights: Operand;
  private readonly work: { readonly layout: TileLayout; readonly targets: readonly PlaneSet[] };
  private readonly idle: { readonly layout: TileLayout; readonly targets: readonly PlaneSet[] };
  private next = 0;

  /** @throws OutOfMemory, Refusal */
  constructor(
    private readonly device: Device,
    private readonly drawing: Pick<Drawing, 'drawUntimed'>,
  ) {
    try {
      this.x = this.operand(probeTile);
      this.w = this.operand(onePixel);
      this.weights = this.block();
      this.work = this.targets(1, WORK_SIDE);
      this.idle = this.targets(IDLE_IMAGES, IDLE_SIDE);
    } catch (error) {
      this.release();
      throw error;
    }
  }

  /** Number of times that work() with one turn does its work. */
  amount(work: ProbeWork): number {
    return WORK_SIDE ** 2 * workOfTurn[work];
  }

  /** Draws fragments that do this work in a loop of so many turns. */
  drawWork(work: ProbeWork, turns: number): void {
    this.draw(work, turns, this.work);
  }

  /** Number of draws of drawIdle(1). */
  readonly idleDraws = IDLE_IMAGES;

  /** Draws small images one by one, each with weights of its own, as the groups of a convolution are. */
  drawIdle(times: number): void {
    for (let i = 0; i < times; i++) this.draw('block', 1, this.idle);
  }

  release(): void {
    for (const set of this.sets.splice(0)) this.device.planes.release(set);
    const block = this.weights?.block;
    if (block !== undefined) this.device.weights.release(block);
  }

  private draw(work: ProbeWork, turns: number, { layout, targets }: Probes['work']): void {
    const operands: Record<ProbeWork, Readonly<Record<string, Operand>>> = {
      fetch: { x: this.x },
      weight: { w: this.w },
      multiplyAdd: {},
      block: { w: this.weights },
    };
    const pass = {
      spec: { family: 'probe', work } as const,
      operands: operands[work],
      uniforms: { turns, factor: FACTOR },
    };
    // Alternating targets, because a device may skip fragments that are drawn over at once.
    this.drawing.drawUntimed(pass, layout, targets[this.next++ % targets.length]);
  }

  private operand(tile: Tile): Operand {
    const { w, h, c } = tile;
    const extent = { batch: 1, height: PROBE_SIDE * h, width: PROBE_SIDE * w, channels: 4 * c };
    const layout = this.layoutOf(extent, tile);
    const set = this.acquire(layout);
    for (let plane = 0; plane < layout.planes; plane++) {
      this.device.uploadPlane(set, plane, random(4 * set.width * set.height));
    }
    return tileOperand(set, layout);
  }

  private block(): Operand {
    const { blockAlignment } = this.device.capabilities;
    const texels = random((IDLE_IMAGES * blockAlignment) / 4);
    const part = { stride: blockAlignment, size: PROBE_BLOCK, groups: 1 };
    const block = this.device.weights.make(texels, part);
    return { textures: [], uniforms: {}, block };
  }

  private targets(images: number, side: number) {
    const extent = { batch: 1, height: side, width: side, channels: 4 * images };
    const layout = this.layoutOf(extent, onePixel);
    return { layout, targets: [this.acquire(layout), this.acquire(layout)] };
  }

  private layoutOf(extent: Parameters<typeof tileLayout>[0], tile: Tile): TileLayout {
    return tileLayout(extent, tile, this.device.capabilities.maxTextureSize) as TileLayout;
  }

  private acquire({ planes, texWidth, texHeight }: TileLayout): PlaneSet {
    const set = this.device.planes.acquire(planes, texWidth, texHeight);
    this.sets.push(set);
    return set;
  }
}

function random(length: number): Float32Array {
  return Float32Array.from({ length }, () => 2 * Math.random() - 1);
}
