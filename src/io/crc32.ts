/** The checksum of zip files and of checkpoints (ISO 3309). */
import { nextTask } from '../core/task.ts';

let table: Uint32Array | null = null;

/** One row for each byte that passes through; eight rows would be faster, and this is faster than disks. */
function makeTable(): Uint32Array {
  return new Uint32Array(256).map((_, n) => {
    let c = n;
    for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
    return c;
  });
}

/** The checksum of `bytes`, or of what came before, whose checksum is `before`, and `bytes`. */
export function crc32(bytes: Uint8Array, before = 0): number {
  table ??= makeTable();
  let c = ~before;
  for (let i = 0; i < bytes.length; i++) c = table[(c ^ bytes[i]!) & 0xff]! ^ (c >>> 8);
  return ~c >>> 0;
}

/** Bytes between which the page gets its turn: some milliseconds. */
const turn = 4 << 20;

/** As {@link crc32}, of any number of bytes, without keeping the page waiting. */
export async function crc32Of(bytes: Uint8Array, before = 0): Promise<number> {
  let crc = before;
  for (let at = 0; at < bytes.length; at += turn) {
    if (at > 0) await nextTask();
    crc = crc32(bytes.subarray(at, at + turn), crc);
  }
  return crc;
}
