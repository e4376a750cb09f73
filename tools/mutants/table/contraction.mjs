// @ts-check
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the shaders' holes are quoted as they stand.
/** Faults in matrix products, convolutions, pooling, resampling and factorisations. */
import { mutantsOf } from './kit.mjs';

const matmul = mutantsOf('matmul', {
  'matmul/block.wgsl': [
    ['select(vec4<f32>(), v$i, k + $iu < ${K}u)', 'v$i'],
    ['k + $iu < ${K}u)', 'k + $iu <= ${K}u)'],
    [
      'min(outer, ${OUTER_SIZE}u - 4u)',
      'min(outer, ${OUTER_SIZE}u - 1u)',
      { equivalent: 'what lies beyond the last is only read, in bounds or clamped by the device, and not stored' },
    ],
    ['let m = transpose(mat4x4(', 'let m = (mat4x4('],
  ],
  'matmul/tile.wgsl': [
    ['    workgroupBarrier();\n    for (var step', '    for (var step'],
    ['    workgroupBarrier();\n  }\n\n  if (number', '  }\n\n  if (number'],
    ['min(part * CHUNK + CHUNK, K)', 'part * CHUNK + CHUNK', { equivalent: 'beyond the last step, blocks are zero' }],
    ['step < STEPS', 'step < STEPS - 1u'],
    ['if (t < BLOCKS_A)', 'if (t <= BLOCKS_A)'],
    [
      'tile_row + $pu * (OUTER_A / ${HALVES}u)',
      'tile_row + $pu * (OUTER_B / ${HALVES}u)',
      { equivalent: 'all tiles are square' },
    ],
    ['a$p[$q] * b$h', 'a$p[$q] * b$p'],
    ['if (j + $nu < ${COLUMNS}u)', 'if (j < ${COLUMNS}u)'],
    ['if (i < ${ROWS}u)', 'if (i <= ${ROWS}u)'],
    [
      'number < ${LAST}u',
      'number <= ${LAST}u',
      { equivalent: 'the workgroup past the last computes the last tile again, and stores the same' },
    ],
    ['part * ${SIZE}u + element', 'part * (${SIZE}u - 1u) + element'],
  ],
  'matmul/reg.wgsl': [
    [
      'min(row + $iu, M - 1u)',
      '(row + $iu)',
      { equivalent: 'rows beyond the last are only read, in bounds or clamped by the device, and not stored' },
    ],
    ['(row + $iu < M)', '(row + $iu <= M)'],
    ['& (column + $ju * ${COLUMN_STEP}u < N)', ''],
    ['part == PARTS - 1u', 'part == 0u', { equivalent: 'the steps that are left may be added to any part' }],
    ['WHOLE + $qu', 'WHOLE', { nth: 1, equivalent: 'without subgroups a round is two steps, so at most one is left' }],
    ['WHOLE + $qu', 'WHOLE', { nth: 2 }],
    ['% PARTS', '% (PARTS + 1u)'],
    ['subgroupBroadcast(own$i, $qu)', 'subgroupBroadcast(own$i, 0u)', { nth: 1 }],
    ['let first = batch * (M * N)', 'let first = batch * M'],
  ],
  'matmul/thin.wgsl': [
    ['  workgroupBarrier();\n  for (var half', '  for (var half'],
    ['    workgroupBarrier();\n  }', '  }'],
    [
      '  workgroupBarrier();\n#end\n}',
      '#end\n}',
      { equivalent: 'after the loop each thread reads and writes its own place only' },
    ],
    ['position < LONG', 'position <= LONG'],
    ['half > 0u', 'half > 1u'],
    ['k += THREADS_K', 'k += THREADS_LONG'],
  ],
  'matmul/sum-parts.wgsl': [
    ['part < PARTS', 'part < PARTS - 1u'],
    ['e < SIZE', 'e < SIZE - 1u'],
  ],
});

const conv = mutantsOf('conv', {
  'conv/direct.wgsl': [
    ['let inside$s = x + $su < WIDTH', 'let inside$s = x + $su <= WIDTH'],
    ['above$k & inside$s', 'inside$s'],
    ['(v + $ju < V)', 'true'],
    ['let above$k = y$k < HEIGHT', 'let above$k = y$k < HEIGHT - 1u'],
    [
      'min(row + $iu, ROWS - 1u) * ${WEIGHT_ROW}',
      '(row + $iu) * ${WEIGHT_ROW}',
      { equivalent: 'channels beyond the last are only read, and not stored' },
    ],
    ['section * ${SECTION_STRIDE}', '0u * ${SECTION_STRIDE}'],
    ['$tu * ${WEIGHT_X}', '$tu * (0u * ${WEIGHT_X} + ${WEIGHT_Y})'],
    ['let exists = u < U', 'let exists = true'],
    ['cell / (V_BLOCKS * U) * ${IMAGES_Z}u', 'cell / (V_BLOCKS * U) * (${IMAGES_Z}u + 1u)'],
  ],
  'conv/looped.wgsl': [
    ['ty < count_y', 'ty <= count_y'],
    ['first_x + tx * ${TAP_STEP_X}', 'tx * ${TAP_STEP_X}'],
    ['(y < HEIGHT) & (x$j < WIDTH)', '(x$j < WIDTH)'],
    ['u * PHASES_Y + phase_y', 'u + phase_y * U'],
    ['out_y < ${OUT_HEIGHT}u', 'out_y <= ${OUT_HEIGHT}u'],
  ],
  'conv/weight.wgsl': [
    ['line < min(part * SHARE + SHARE, LINES)', 'line < part * SHARE + SHARE'],
    ['tap_y + $ku < ${KERNEL_Y}u', 'tap_y + $ku <= ${KERNEL_Y}u'],
    ['part == 0u', 'part == 1u'],
    ['(tap_y + $ku) * ${DILATION_Y}u', 'tap_y + $ku * ${DILATION_Y}u'],
    ['CHANNELS + channel + $tu)', 'CHANNELS + channel)'],
  ],
  'conv/weight-step.wgsl': [
    ['above$k & inside$s', 'above$k'],
    ['g$i_$j * v', 'g$i_0 * v'],
  ],
  'conv/image-block.wgsl': [
    ['(place.y < ${HEIGHT}u)', '(place.y <= ${HEIGHT}u)'],
    ['(place.z < ${WIDTH}u)', '(place.z <= ${WIDTH}u)'],
    ['exists & ', ''],
    ['% ${TAPS_Y}u * ${DILATION_Y}u', '% ${TAPS_Y}u * (0u * ${DILATION_Y}u + 1u)'],
  ],
});

const pool = mutantsOf('pool', {
  'pool/max-pool.wgsl': [
    ['(value > best)', '(value >= best)', { nth: 1 }],
    ['value_is_nan | ', ''],
    ['!best_is_nan & ', '', { equivalent: 'comparisons with NaN are false on this device, as WGSL does not promise' }],
    ['if (h < 0 || h >= IN_H)', 'if (h < 0 || h > IN_H)'],
    ['if (w < 0 || w >= IN_W)', 'if (w >= IN_W)'],
    ['chosen < 0) | value_is_nan', 'false) | value_is_nan'],
    ['(KERNEL_H - 1) * DILATION_H', '(KERNEL_H - 1)'],
    ['min(w / STRIDE_W, OUT_W - 1)', 'min(w / STRIDE_W, OUT_W - 2)'],
    [
      'oh < OUT_H && ow < OUT_W',
      'oh < OUT_H',
      { equivalent: 'the index of the window that is read instead is that of another element' },
    ],
    ['in1(index_at(o)) == here);', 'true);'],
    ['let left = ow * IN_W / OUT_W;', 'let left = ow * (IN_W / OUT_W);'],
    ['high_h = ((h + 1) * OUT_H + IN_H - 1) / IN_H - 1', 'high_h = ((h + 1) * OUT_H) / IN_H - 1'],
  ],
  'pool/avg-pool.wgsl': [
    ['min(top + KERNEL_H, IN_H + PAD_H)', 'top + KERNEL_H'],
    ['min(left + KERNEL_W, IN_W) - max(left, 0)', 'KERNEL_W'],
    ['for (var h = max(top, 0); h < bottom', 'for (var h = max(top, 0); h <= bottom'],
    ['h - KERNEL_H + STRIDE_H', 'h - KERNEL_H'],
    ['in0(a_at(o)) / divisor(oh, ow)', 'in0(a_at(o)) / divisor(ow, oh)'],
    ['low_w = w * OUT_W / IN_W', 'low_w = w * (OUT_W / IN_W)'],
    ['e >= COUNT', 'e > COUNT'],
    ['e >= COUNT', 'e >= COUNT - 1u'],
  ],
});

const resample = mutantsOf('resample', {
  'resample/nearest.wgsl': [['(f32(o) + 0.5) * scale', 'f32(o) * scale']],
  'resample/linear.wgsl': [
    ['max(scale * (f32(o) + 0.5) - 0.5, 0.0)', 'scale * (f32(o) + 0.5) - 0.5'],
    ['first_tap(o, scale, size) + 1', 'first_tap(o, scale, size)'],
    ['min(place(o, scale), f32(size - 1))', 'place(o, scale)'],
  ],
  'resample/cubic.wgsl': [
    ['(1.25 * s - 2.25)', '(1.25 * t - 2.25)'],
    ['middle(o, scale, size) + 2', 'middle(o, scale, size) + 1'],
    ['k < 4', 'k < 3'],
    ['-0.75 * (s + 1.0)', '-0.5 * (s + 1.0)'],
  ],
  'resample/wide.wgsl': [
    ['RADIUS * max(scale, 1.0) + 0.5), 0)', 'RADIUS * scale + 0.5), 0)'],
    ['+ 0.5) / max(scale, 1.0)', '+ 0.5)'],
    ['t < 2.0', 't < 1.5'],
    ['size) - 1;', 'size);'],
  ],
  'resample/resample.wgsl': [
    ['last_tap(low, scale, size) < i', 'last_tap(low, scale, size) <= i'],
    ['first_tap(high, scale, size) > i', 'first_tap(high, scale, size) > i + 1'],
    [
      '/ scale, -8.0, 1e9)) - 3)',
      '/ scale, -8.0, 1e9)))',
      { equivalent: 'the estimate is low enough; the margin is for rounding, at sizes that no test has' },
    ],
    ['row += value * weight(j, w, scale.y, FROM.y)', 'row += value * weight(w, j, scale.y, FROM.y)'],
    ['total += row * weight(h, i, scale.x, FROM.x)', 'total += row * weight(h, i, scale.y, FROM.y)'],
    ['* INNER + inner', '+ inner'],
  ],
});

const linalg = mutantsOf('linalg', {
  'linalg/matrix.wgsl': [
    [
      '  workgroupBarrier();\n',
      '',
      { equivalent: 'storageBarrier() waits for all threads too, and this device orders all memory with it' },
    ],
    ['  workgroupBarrier();\n  storageBarrier();\n', ''],
    [
      '  storageBarrier();\n',
      '',
      { equivalent: 'workgroupBarrier() alone orders the storage writes of a workgroup on this device' },
    ],
  ],
  'linalg/cholesky.wgsl': [
    ['root, i == k', 'work[at], i == k'],
    ['if (j <= i)', 'if (j < i)'],
    ['e % N <= e / N', 'e % N >= e / N'],
    ['    wait_for_all();\n    let rest', '    let rest'],
  ],
  'linalg/lu.wgsl': [
    ['rows[thread + span] < rows[thread]', 'rows[thread + span] > rows[thread]'],
    ['if (size > most)', 'if (size >= most)'],
    ['i32(row) + 1', 'i32(row)'],
    ['pivot != 0.0', 'true'],
    ['work[base + i * N + k] * work[base + k * N + j]', 'work[base + i * N + k] * work[base + k * N + i]'],
    ['    workgroupBarrier();\n    if (thread < span)', '    if (thread < span)'],
  ],
  'linalg/qr.wgsl': [
    ['select(-length, length, h < 0.0)', 'select(length, -length, h < 0.0)'],
    ['e / ROW > e % ROW', 'e / ROW >= e % ROW'],
    ['min(j + 1u, SIZE)', 'min(j, SIZE)'],
    ['select(nan_max(below, abs(head)), 1.0, still)', 'select(below, 1.0, still)'],
    ['let still = below == 0.0', 'let still = false'],
  ],
  'linalg/eigh.wgsl': [
    ['let source = max(i, j) * N + min(i, j);', 'let source = i * N + j;'],
    ['other < key || (other == key && j < i)', 'other < key'],
    ['* 1.2e-7', '* 1.2e-2'],
    ['work[a + LARGEST_AT] = largest', 'work[a + LARGEST_AT] = 1.0'],
  ],
  'linalg/jacobi.wgsl': [
    ['select(t, -t, cotangent < 0.0)', 't'],
    ['select(precise_sqrt(1.0 + size * size), size, size > 1e8)', 'precise_sqrt(1.0 + size * size)'],
    ['(round + turning - p) % turning', '(round + p) % turning'],
    ['select(value, inf_f32(), is_nan(value))', 'value'],
  ],
  'linalg/svd.wgsl': [
    ['pair.y < N', 'pair.y <= N'],
    ['order_key(-work[w + LENGTH_AT + i])', 'order_key(work[w + LENGTH_AT + i])'],
    [
      '(other == key && i < j)',
      '(other == key && i > j)',
      { equivalent: 'columns of equal length may come in either order' },
    ],
    ['e - e % N + u32(work[w + RANK_AT + e % N]), work[w + V_AT + e]', 'e, work[w + V_AT + e]'],
  ],
  'linalg/permutation.wgsl': [
    ['else if (place == other)', 'else if (false)'],
    ['k > 0u; k--', 'k > 1u; k--'],
  ],
  'linalg/triangular-solve.wgsl': [
    ['min(COLUMNS, ROW - first)', 'COLUMNS'],
    ['let from_row = i + 1u', 'let from_row = i'],
    ['N - 1u - step) * columns', 'N - step) * columns', { nth: 1 }],
    ['a + row * N + i', 'a + i * N + row'],
  ],
});

const fft = mutantsOf('fft', {
  'fft/lines.wgsl': [
    ['a.x * b.x - a.y * b.y', 'a.x * b.x + a.y * b.y'],
    ['vec2<f32>(-value.y, value.x)', 'vec2<f32>(value.y, value.x)'],
    ['root((start.y % BEFORE) * at', 'root(start.y * at'],
    ['(8u * k + n) / (2u * n)', '(8u * k) / (2u * n)'],
    ['(to.y - k) * N + k', '(to.y - k) * N'],
    ['first + line < OUTER * PARTS', 'first + line + 1u < OUTER * PARTS', { nth: 2 }],
    ['r < radix', 'r + 1u < radix'],
    ['rest % before', 'rest / before'],
    ['(rest * r) % span', 'rest % span'],
    ['tile[at + before] = b + d', 'tile[at + before] = b - d'],
    ['root(k * r, 4u * before)', 'root(k, 4u * before)'],
    ['  workgroupBarrier();\n  var here', '  var here'],
    ['    here = SIZE - here;\n    workgroupBarrier();\n', '    here = SIZE - here;\n', { nth: 1 }],
    ['    here = SIZE - here;\n    workgroupBarrier();\n', '    here = SIZE - here;\n', { nth: 2 }],
  ],
  'fft/chirp.wgsl': [
    ['2u * high * low', 'high * low'],
    ['j >> 12u', 'j >> 13u'],
  ],
});

export const contractionMutants = [...matmul, ...conv, ...pool, ...resample, ...linalg, ...fft];
