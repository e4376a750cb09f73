/** The checksum of zip files and of checkpoints (ISO 3309). */
import { nextTask } from '../core/task.ts';

let table: Uint32Array | null = null;

/** Eight rows: what a byte does to the checksum when up to seven others follow it, so that eight are taken at a time. */
function makeTable(): Uint32Array {
  const rows = new Uint32Array(8 * 256);
  for (let n = 0; n < rows.length; n++) {
    let c = n < 256 ? n : rows[n - 256]!;
    for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
    rows[n] = c;
  }
  return rows;
}

/** The checksum of `bytes`, or of what came before, whose checksum is `before`, and `bytes`. */
export function crc32(bytes: Uint8Array, before = 0): number {
  table ??= makeTable();
  const t = table;
  let c = ~before;
  let i = 0;
  for (; i + 8 <= bytes.length; i += 8) {
    c ^= bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24);
    c =
      t[0x700 + (c & 0xff)]! ^
      t[0x600 + ((c >>> 8) & 0xff)]! ^
      t[0x500 + ((c >>> 16) & 0xff)]! ^
      t[0x400 + (c >>> 24)]! ^
      t[0x300 + bytes[i + 4]!]! ^
      t[0x200 + bytes[i + 5]!]! ^
      t[0x100 + bytes[i + 6]!]! ^
      t[bytes[i + 7]!]!;
  }
  for (; i < bytes.length; i++) c = t[(c ^ bytes[i]!) & 0xff]! ^ (c >>> 8);
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
