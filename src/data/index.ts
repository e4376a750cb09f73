/** torch.utils.data: datasets, samplers and loaders; transforms; readers of data files and of text. */

export { type LabelBatch, parseCifar10, parseCifar100 } from './cifar.ts';
export { type Collated, defaultCollate } from './collate.ts';
export { type CsvColumn, type CsvOptions, CsvTable, parseCsv } from './csv.ts';
export {
  type Collate,
  DataLoader,
  type DataLoaderOptions,
  type ExampleStream,
  type Positions,
  type StreamSettings,
} from './data-loader.ts';
export {
  type Columns,
  Dataset,
  type Examples,
  type HostArray,
  type HostData,
  Subset,
  TensorDataset,
  type TensorSource,
} from './dataset.ts';
export { ConcatDataset, type RandomSplitOptions, randomSplit, StackDataset } from './datasets.ts';
export * from './idx.ts';
export {
  decodeImage,
  type ImageBatch,
  type ImageLike,
  type ImageSource,
  parseSprite,
  type SpriteOptions,
} from './image.ts';
export { ChainDataset, IterableDataset } from './iterable-dataset.ts';
export type { DataLoaderMethods, DataLoaderState } from './loader-methods.ts';
export {
  formatMeter,
  type Meter,
  Progress,
  type ProgressElement,
  type ProgressOptions,
  progress,
  tqdm,
} from './progress.ts';
export { type Port, RemoteDataset, type RemoteOptions, remote, serveDataset } from './remote.ts';
export * from './samplers.ts';
export { type BPEOptions, BPETokenizer, type Merge } from './text/bpe.ts';
export { loadTokenizer, type PretrainedTokenizer } from './text/pretrained.ts';
export {
  type SentencePiece,
  type SentencePieceEncodeOptions,
  SentencePieceTokenizer,
} from './text/sentencepiece.ts';
export { CharTokenizer, Vocab, type VocabOptions } from './text/vocab.ts';
export * as transforms from './transforms/index.ts';
