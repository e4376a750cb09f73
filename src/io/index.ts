/** Files: reading and writing weights. */

export {
  type CheckpointParts,
  type CheckpointTarget,
  type CheckpointTargets,
  type LoadCheckpointOptions,
  loadCheckpoint,
  saveCheckpoint,
  serializeCheckpoint,
} from './checkpoint.ts';
export { type CheckpointStore, fileStore, type IsGood, indexedDbStore, opfsStore } from './checkpoint-stores.ts';
export type { FloatType, RawTensor } from './elements.ts';
export {
  type FileFormat,
  type FileTarget,
  type LoadOptions,
  load,
  type SaveNpzOptions,
  type SaveOptions,
  save,
  saveNpy,
  saveNpz,
} from './load.ts';
export { parseNpy, serializeNpy } from './npy.ts';
export type { DynamicAxes } from './onnx/dynamic.ts';
export { type ExportOnnxOptions, exportOnnx } from './onnx/export.ts';
export { SafeFile, type SafeOpenOptions, safeOpen } from './safe-open.ts';
export {
  parseSafetensors,
  type SafetensorsFile,
  type SerializeOptions,
  serializeSafetensors,
} from './safetensors.ts';
export type { FileSource, NodeFileHandle } from './source.ts';
export { isStateful, type Stateful } from './state-tree.ts';
export { loadSafetensors, type NamedTensors, type SaveSafetensorsOptions, saveSafetensors } from './tensors.ts';
export { serializeTorch } from './torch-save.ts';
