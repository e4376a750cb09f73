/** Dispatch sizes. */

export interface Grid {
  readonly workgroups: readonly [x: number, y: number, z: number];
  /** Workgroups along x: a template finds its workgroup as `group.x + group.y * ${GROUPS_X}u`. */
  readonly groupsX: number;
}

/**
 * `count` workgroups in one dimension, folded into x and y where there are more than the device takes in x. The last row
 * may have workgroups too many: templates compare the number with their count.
 */
export function grid(count: number, maxPerDimension: number): Grid {
  if (count <= maxPerDimension) return { workgroups: [count, 1, 1], groupsX: count };
  const rows = Math.ceil(count / maxPerDimension);
  const groupsX = Math.ceil(count / rows);
  return { workgroups: [groupsX, rows, 1], groupsX };
}
