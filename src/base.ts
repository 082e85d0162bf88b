/** Entry of both engines. Importing it registers our flags with tfjs, but no backend or kernel. */
export * from './calls.js';
export { TiledCPUBackend } from './cpu/TiledCPUBackend.js';
export { registerTiled } from './registerTiled.js';
export { TiledWebGLBackend } from './webgl/TiledWebGLBackend.js';
