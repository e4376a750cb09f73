/** torch.utils.data: datasets and loaders; and readers of data files. */
export { type Collated, defaultCollate } from './collate.ts';
export { DataLoader, type DataLoaderOptions } from './data-loader.ts';
export {
  type Columns,
  type Dataset,
  type HostArray,
  type HostData,
  Subset,
  TensorDataset,
  type TensorSource,
} from './dataset.ts';
export * from './idx.ts';
