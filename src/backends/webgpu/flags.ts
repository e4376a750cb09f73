/** WebGPU's flag bits, spelled out: importing the package must not touch the globals that carry them. */
export const usage = {
  MAP_READ: 0x1,
  COPY_SRC: 0x4,
  COPY_DST: 0x8,
  UNIFORM: 0x40,
  STORAGE: 0x80,
  QUERY_RESOLVE: 0x200,
} as const;
export const mapRead = 0x1;
export const stageCompute = 0x4;
