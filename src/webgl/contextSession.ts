/** All objects of one WebGL context, replaced as a whole when the context is lost. */
import type { Keeping } from '../engine/memoryBound.js';
import { Drawing } from './context/drawing.js';
import { openDevice } from './context/openDevice.js';
import { Programs } from './context/programs.js';
import { SelfTest } from './context/selfTest.js';
import type { Device } from './device/device.js';
import { type ConversionHost, Conversions } from './residency/conversions.js';
import { PackedFilters } from './residency/packedFilters.js';
import { TileStore, type TileStoreHost } from './residency/tileStore.js';
import { guardReads } from './stock/readGuard.js';
import { guardPrograms } from './stock/stockGuard.js';
import type { StockInternals } from './stock/stockInternals.js';
import { endWaits } from './stock/waits.js';

/** The backend, which outlives its contexts. */
export interface SessionHost extends ConversionHost, TileStoreHost {
  /** Returns true while values are being read. */
  isReading(): boolean;
}

export class ContextSession {
  readonly device: Device;
  readonly programs: Programs;
  readonly drawing: Drawing;
  readonly selfTest: SelfTest;
  readonly store: TileStore;
  readonly filters: PackedFilters;
  /** Compiles a stock program; throws NeedsFallback if the device does not compile it. */
  readonly compileStock: ReturnType<typeof guardPrograms>;

  /**
   * @param stock the backend, whose `gpgpu` has the context
   * @throws Error if the context does not draw into float textures
   */
  constructor(stock: StockInternals, keeping: Keeping, host: SessionHost) {
    const { gpgpu } = stock;
    const device = openDevice(stock, keeping, () => host.isReading());
    endWaits(gpgpu, () => device.isLost);
    guardReads(gpgpu, device);
    this.compileStock = guardPrograms(gpgpu);
    this.device = device;
    this.programs = new Programs(device);
    this.drawing = new Drawing(device, host.frames, this.programs, stock);
    this.selfTest = new SelfTest(device, this.drawing);
    const conversions = new Conversions(device, this.drawing, host);
    this.store = new TileStore(device, conversions, host);
    this.filters = new PackedFilters(device, this.store, conversions);
  }
}
