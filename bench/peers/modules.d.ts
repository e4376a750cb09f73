/** The peers are installed on demand, so nothing may depend on their types. */
declare module '@jax-js/jax';
declare module '@tensorflow/tfjs';
declare module '@tensorflow/tfjs-backend-webgpu';
