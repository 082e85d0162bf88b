/**
 * Registers tfjs's gradients in Node, where tfjs-core has no file of them that loads. They come bundled,
 * and find the engine and the registry that all copies of tfjs-core share.
 */
import '../../node_modules/@tensorflow/tfjs-core/dist/register_all_gradients.js';
