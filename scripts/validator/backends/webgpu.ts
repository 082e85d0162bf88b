/** Stock webgpu as one script. */
import '@tensorflow/tfjs-backend-webgpu';
