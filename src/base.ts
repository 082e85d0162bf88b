/** Everything the package offers, without registering anything. */
export { TiledCPUBackend } from './backend/TiledCPUBackend.js';
export { TiledWebGLBackend } from './backend/TiledWebGLBackend.js';
export { registerTiled } from './register.js';
