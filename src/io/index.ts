/** Files: reading and writing weights. */
export { parseSafetensors, type RawTensor, type SafetensorsFile, serializeSafetensors } from './safetensors.ts';
export { loadSafetensors, type NamedTensors, saveSafetensors } from './tensors.ts';
