import { checkOptions, OptionError } from '../core/errors.ts';
import { fromArray } from '../tensor/create.ts';
import type { DeviceName } from '../tensor/device.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { type Entry, readHeader, readTensor } from './safetensors.ts';
import { type ByteSource, type FileSource, openSource } from './source.ts';

/** Settings of {@link safeOpen}. */
export interface SafeOpenOptions {
  /** Where tensors go. Default: the device that init() chose. */
  readonly device?: DeviceName;
}

/**
 * Opens a safetensors file to read single tensors: only the header is read, and then what is asked for. Source: safetensors.safe_open.
 *
 * @throws FormatError when the header is not that of a whole and honest safetensors file.
 * @example
 * const file = await safeOpen(bytes);
 * file.keys(); // ['0.weight', '0.bias', '2.weight', '2.bias']
 * (await file.getTensor('2.bias')).shape; // [2]
 */
export async function safeOpen(source: FileSource, options: SafeOpenOptions = {}): Promise<SafeFile> {
  checkOptions('safeOpen', options, ['device']);
  const opened = await openSource('safeOpen', source);
  try {
    const { start, entries, metadata } = await readHeader(opened);
    return new SafeFile(opened, start, entries, metadata, options.device);
  } catch (error) {
    await opened.close();
    throw error;
  }
}

/** A safetensors file that {@link safeOpen} opened. */
export class SafeFile {
  private readonly source: ByteSource;
  private readonly start: number;
  private readonly entries: ReadonlyMap<string, Entry>;
  private readonly texts: ReadonlyMap<string, string>;
  private readonly device: DeviceName | undefined;

  /** @internal Use safeOpen(). */
  constructor(
    source: ByteSource,
    start: number,
    entries: readonly Entry[],
    texts: ReadonlyMap<string, string>,
    device: DeviceName | undefined,
  ) {
    this.source = source;
    this.start = start;
    this.entries = new Map(entries.map((entry) => [entry.name, entry]));
    this.texts = texts;
    this.device = device;
  }

  /** Names of the tensors, in the file's order. */
  keys(): string[] {
    return [...this.entries.keys()];
  }
  /** The short texts kept with the tensors. */
  metadata(): ReadonlyMap<string, string> {
    return this.texts;
  }
  /** The shape of a tensor, which needs no reading. */
  getShape(name: string): readonly number[] {
    return this.entry(name).shape;
  }
  /**
   * Reads one tensor.
   *
   * @throws OptionError for a name that is not in the file.
   */
  async getTensor(name: string): Promise<Tensor> {
    const entry = this.entry(name);
    return this.read(entry, entry.begin, entry.end);
  }
  /**
   * Reads rows `begin` up to `end` of a tensor's first dim, and no others.
   *
   * @throws OptionError for a name that is not in the file, or rows that the tensor does not have.
   * @example
   * const file = await safeOpen(bytes);
   * (await file.getSlice('0.weight', 1, 3)).shape; // [2, 3]
   */
  async getSlice(name: string, begin: number, end: number): Promise<Tensor> {
    const entry = this.entry(name);
    if (entry.shape.length === 0) throw new OptionError(`getSlice: '${name}' is a number, and has no rows`);
    const rows = entry.shape[0]!;
    if (!(Number.isInteger(begin) && Number.isInteger(end) && 0 <= begin && begin <= end && end <= rows))
      throw new OptionError(`getSlice: rows [${begin}, ${end}) do not lie within the ${rows} of '${name}'`);
    const row = rows === 0 ? 0 : (entry.end - entry.begin) / rows;
    const shape = [end - begin, ...entry.shape.slice(1)];
    const part = { ...entry, shape, count: rows === 0 ? 0 : (entry.count / rows) * (end - begin) };
    return this.read(part, entry.begin + begin * row, entry.begin + end * row);
  }
  /** Closes a file that was opened by its name. */
  close(): Promise<void> {
    return this.source.close();
  }

  private entry(name: string): Entry {
    const entry = this.entries.get(name);
    if (!entry) throw new OptionError(`File does not contain tensor ${name}\n  keys() lists those that it contains`);
    return entry;
  }
  private async read(entry: Entry, begin: number, end: number): Promise<Tensor> {
    const bytes = await this.source.read(this.start + begin, this.start + end);
    const { dtype, shape, data } = readTensor(entry, bytes);
    return fromArray(data, shape, { dtype, ...(this.device && { device: this.device }) });
  }
}
