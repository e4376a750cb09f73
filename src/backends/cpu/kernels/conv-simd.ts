/** Convolution by the WebAssembly tiles: images, weights and sums in the module's memory, and the image's columns never made. */
import type { Simd } from '../wasm/simd.ts';
import { tileColumns, tileRows } from '../wasm/tiles.ts';
import { packChannels, type TapGradient, type TapGradients, type TapSummation, type TapSums } from './conv-tiles.ts';
import { runLength, runsOf, unload, wholeColumns, wholeRows } from './gemm-simd.ts';

/** A tile reads up to seven columns past the last. */
const slack = tileColumns - 1;
const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);

/** Null if it would take more memory than there should be. */
export function simdSums(simd: Simd, { frame, channels, depth, rowStep, band, parts }: TapSums): TapSummation | null {
  // Rows that follow each other, with the frame's padding between them, are one long row if that is no more work.
  const shapes = parts.map(({ columns }) => {
    const flat = rowStep === 1 && frame.pitch <= wholeColumns(columns);
    return flat
      ? { flat, row: frame.pitch, pitch: wholeColumns((band - 1) * frame.pitch + columns) }
      : { flat, row: wholeColumns(columns), pitch: band * wholeColumns(columns) };
  });
  const sizes = parts.map(({ weights }) => weights.length);
  const taps = parts.map(({ offsets }) => offsets.length);
  const inFrame = frame.size + slack;
  const sumsLength = wholeRows(channels) * Math.max(...shapes.map((s) => s.pitch));
  const bytes = 4 * (inFrame + sum(sizes) + sum(taps)) + 8 * sumsLength;
  if (!simd.open(bytes, 2 + 2 * parts.length)) return null;
  const doubles = simd.doubles(sumsLength);
  const floats = new Float32Array(doubles.buffer, doubles.byteOffset, sumsLength);
  const image = simd.floats(inFrame).fill(0);
  const packed = new Map(
    parts.map((part, i) => {
      const weights = simd.floats(sizes[i]!);
      const steps = simd.ints(taps[i]!);
      weights.set(part.weights);
      part.offsets.forEach((offset, k) => {
        steps[k] = 4 * offset;
      });
      return [part, { weights: weights.byteOffset, steps: steps.byteOffset, shape: shapes[i]! }];
    }),
  );
  return {
    load: (n, from) => frame.load(image, n, from),
    sum(part, group, rows, out) {
      const { weights, steps, shape } = packed.get(part)!;
      const { columns, offsets } = part;
      const runs = runsOf(offsets.length);
      const sums = runs === 1 ? floats : doubles;
      if (runs !== 1) sums.fill(0, 0, wholeRows(channels) * shape.pitch);
      const run = Math.ceil(offsets.length / runs);
      const tiles = simd.tiles[runs === 1 ? 'taps' : 'addTaps'];
      const elementBytes = runs === 1 ? 4 : 8;
      const panel = 4 * tileRows * offsets.length;
      const left = weights + 4 * group * wholeRows(channels) * offsets.length;
      const from = image.byteOffset + 4 * group * depth * frame.plane;
      const [calls, across] = shape.flat ? [1, (rows - 1) * frame.pitch + columns] : [rows, columns];
      for (let k = 0; k < offsets.length; k += run) {
        const deep = Math.min(run, offsets.length - k);
        for (let y = 0; y < calls; y++) {
          tiles(
            channels,
            across,
            deep,
            left + 4 * tileRows * k,
            panel,
            from + 4 * y * rowStep * frame.pitch,
            4 * tileColumns,
            sums.byteOffset + elementBytes * y * shape.row,
            shape.pitch,
            steps + 4 * k,
          );
        }
      }
      for (let c = 0; c < channels; c++) {
        for (let y = 0; y < rows; y++) {
          const to = out.at + c * out.plane + y * out.row;
          unload(sums, c * shape.pitch + y * shape.row, out.data as Float32Array, to, out.column, columns);
        }
      }
    },
  };
}

/** Null if it would take more memory than there should be. */
export function simdGradient(simd: Simd, task: TapGradient): TapGradients | null {
  const { frame, dy, groups, channels, depth, offsets, rowStep, columns } = task;
  const taps = wholeRows(offsets.length);
  const pitch = wholeColumns(channels);
  const positions = task.band * columns;
  const bytes = 4 * (frame.size + taps + positions * (pitch + 1)) + 8 * groups * taps * pitch;
  if (!simd.open(bytes, 5)) return null;
  const sums = simd.doubles(groups * taps * pitch).fill(0);
  const image = simd.floats(frame.size).fill(0);
  const lines = simd.ints(taps);
  // Past the last tap a tile repeats it; those sums are never read.
  for (let k = 0; k < taps; k++) lines[k] = 4 * offsets[Math.min(k, offsets.length - 1)]!;
  const steps = simd.ints(positions);
  for (let y = 0; y < task.band; y++)
    for (let x = 0; x < columns; x++) steps[y * columns + x] = 4 * (y * rowStep * frame.pitch + x);
  const panels = simd.floats(positions * pitch).fill(0);
  return {
    sums,
    place: (group, channel) => ({ at: group * taps * pitch + channel, step: pitch }),
    add(n, row, rows) {
      frame.load(image, n, row * rowStep);
      const depthOfAll = rows * columns;
      // A band of fewer rows has its last panel elsewhere, whose other channels are of no use to anyone.
      for (let g = 0; g < groups; g++) {
        packChannels(panels, tileColumns, dy, n, g * channels, channels, row, rows);
        for (let p = 0; p < depthOfAll; p += runLength) {
          simd.tiles.addGradient(
            offsets.length,
            channels,
            Math.min(runLength, depthOfAll - p),
            image.byteOffset + 4 * g * depth * frame.plane,
            0,
            panels.byteOffset + 4 * tileColumns * p,
            4 * tileColumns * depthOfAll,
            sums.byteOffset + 8 * g * taps * pitch,
            pitch,
            steps.byteOffset + 4 * p,
            lines.byteOffset,
          );
        }
      }
    },
  };
}
