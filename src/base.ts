/** Everything the package offers, without registering anything. */
export type { LadderStep } from './backend/engineLog.js';
export { TiledCPUBackend } from './backend/TiledCPUBackend.js';
export { TiledWebGLBackend } from './backend/TiledWebGLBackend.js';
export { forceVariant, variantNames } from './forceVariant.js';
export { registerTiled } from './register.js';
export { VariantRefusal } from './runner.js';
export { type TiledInfo, tiledInfo } from './tiledInfo.js';
