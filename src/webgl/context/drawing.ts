/** Draws of programs in one context, timed while tf.time() runs. */

import { hasLongRows } from '../../../kernels/webgl/layout/rowParts.js';
import type { TileLayout } from '../../../kernels/webgl/layout/tile.js';
import type { ProgramSpec, Rows } from '../../../kernels/webgl/programs/index.js';
import type { Layers, Output, Pass } from '../../../kernels/webgl/runner.js';
import type { Device, GroupedWeights } from '../device/device.js';
import type { ParameterPart } from '../device/parameters.js';
import type { LayerSet, PlaneSet } from '../device/planeSets.js';
import { type Frames, isCompiling } from '../frame.js';
import type { StockInternals } from '../stock/stockInternals.js';
import { acquirePlanes, acquiring, explained } from './acquiring.js';
import { layoutUniforms, tileOperand } from './operands.js';
import type { Programs } from './programs.js';

export interface FilledLayers extends Layers {
  readonly set: LayerSet;
}

export class Drawing {
  /** @param internals private fields of the backend, which has the timers */
  constructor(
    readonly device: Device,
    readonly frames: Frames,
    private readonly programs: Programs,
    private readonly internals: StockInternals,
  ) {}

  /**
   * Draws a program with all its textures and uniforms; only prepares it while compiling ahead.
   * @param rows of the operands and of the target
   */
  draw(
    spec: ProgramSpec,
    rows: Rows,
    textures: readonly WebGLTexture[],
    uniforms: readonly ParameterPart[],
    target: Parameters<Device['draw']>[3],
    weights: GroupedWeights | null = null,
  ): void {
    if (isCompiling()) {
      this.programs.prepare(spec, rows);
      return;
    }
    const program = this.programs.get(spec, rows);
    const { internals } = this;
    const { activeTimers } = internals;
    const query = activeTimers && internals.startTimer();
    try {
      this.device.draw(program, textures, uniforms, target, weights);
    } catch (error) {
      throw explained(this, 'the parameters of a draw', error);
    }
    activeTimers?.push({
      name: spec.family,
      query: internals.getQueryTime(internals.endTimer(query)),
    });
  }

  /** Draws a pass even while programs are compiled ahead, and does not time it. */
  drawUntimed(pass: Pass, layout: TileLayout, target: PlaneSet): void {
    const { rows, textures, uniforms, weights } = drawOf(pass, layout);
    this.device.draw(this.programs.get(pass.spec, rows), textures, uniforms, target, weights);
  }

  /** Returns new planes that the passes have drawn into. */
  planes(passes: readonly Pass[], { layout, shape }: Output): PlaneSet {
    const set = acquirePlanes(this, `the result [${shape}] float32`, layout);
    this.orRelease(set, () => {
      if (!isCompiling()) this.device.invalidate(set);
      for (const pass of passes) this.drawPass(pass, layout, set);
    });
    return set;
  }

  /** Implements TileRunner.fillLayers. */
  layers(layers: number, layout: TileLayout, passes: readonly Pass[]): FilledLayers {
    const { device } = this;
    const { texWidth, texHeight } = layout;
    const perDraw = layers / passes.length;
    const set = acquiring(this, `${layers} layers of products`, () =>
      device.planes.acquireLayers(layers, perDraw, texWidth, texHeight),
    );
    this.orRelease(set, () => {
      for (const [i, pass] of passes.entries()) {
        if (!isCompiling()) this.device.invalidate(set.draws[i]);
        this.drawPass(pass, layout, set.draws[i]);
      }
    });
    return { set, operand: tileOperand(set, layout) };
  }

  private drawPass(pass: Pass, layout: TileLayout, target: PlaneSet): void {
    const { rows, textures, uniforms, weights } = drawOf(pass, layout);
    this.draw(pass.spec, rows, textures, uniforms, target, weights);
  }

  /** Runs `draw`; if it throws, returns its render target to the pool. */
  private orRelease(set: PlaneSet | LayerSet, draw: () => void): void {
    try {
      draw();
    } catch (error) {
      this.device.planes.release(set);
      throw error;
    }
  }
}

/** Returns the rows, the operands' textures in the order of the samplers, all uniforms, and weights in a block. */
function drawOf({ operands, uniforms }: Pass, layout: TileLayout) {
  const textures: WebGLTexture[] = [];
  let weights: GroupedWeights | null = null;
  let rows: Rows = hasLongRows(layout) ? 'long' : 'whole';
  const parts: ParameterPart[] = [
    ['out', layoutUniforms(layout)],
    ['', uniforms],
  ];
  for (const name in operands) {
    const operand = operands[name];
    for (const texture of operand.textures) textures.push(texture);
    if (operand.block !== undefined) weights = { block: operand.block, layout };
    if (operand.hasLongRows) rows = 'long';
    parts.push([name, operand.uniforms]);
  }
  return { rows, textures, uniforms: parts, weights };
}
