// @ts-check
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the shaders' holes are quoted as they stand.
/** Faults in kernels that walk along rows: reductions, running sums, softmax, layer norm, the losses. */
import { mutantsOf } from './kit.mjs';

const reduce = mutantsOf('reduce', {
  'reduce/reduce.wgsl': [
    ['r + 31u * Y < end', 'r + 31u * Y <= end'],
    ['r + 31u * Y < end', 'r + 30u * Y < end'],
    ['combine(c, load(e, r + (i + 2u) * Y))', 'combine(c, load(e, r + (i + 1u) * Y))'],
    ['for (; r < end; r += Y)', 'for (; r + 1u < end; r += Y)'],
    ['combine(combine(a, b), combine(c, d))', 'combine(combine(a, b), c)'],
    ['min(LENGTH, (chunk + 1u) * CHUNK_LENGTH)', '(chunk + 1u) * CHUNK_LENGTH'],
    ['let e = job % OUTPUTS', 'let e = job / CHUNKS'],
    ['    workgroupBarrier();\n', ''],
    ['if (y < span)', 'if (y <= span)', { equivalent: 'a race with thread 0, which software runs first' }],
    ['if (y < span)', 'if (y + 1u < span)'],
    ['span > 0u', 'span > 1u'],
    ['valid && y == 0u', 'valid'],
    ['lane % X', 'lane / Y'],
    ['group.y * ${GROUPS_X}u', 'group.y * (${GROUPS_X}u - 1u)'],
  ],
  'reduce/arg-extremum.wgsl': [
    ['a.index < b.index', 'a.index > b.index'],
    ['var better = a_nan && !b_nan', 'var better = a_nan'],
    ['var better = a_nan && !b_nan', 'var better = false'],
    ['if (b.index == NOTHING) { return a; }', ''],
  ],
  'reduce/extremum.wgsl': [
    ['nan_max(a, b)', 'max(a, b)'],
    ['nan_min(a, b)', 'nan_max(a, b)'],
  ],
  'reduce/logical.wgsl': [['select(0u, 1u, ${ALL})', 'select(1u, 0u, ${ALL})']],
  'reduce/prod.wgsl': [['${T}(1)', '${T}(0)']],
});

const scan = mutantsOf('scan', {
  'scan/scan.wgsl': [
    ['if (lane >= span)', 'if (lane > span)'],
    ['span < TEAM; span *= 2u', 'span < TEAM / 2u; span *= 2u'],
    ['combine(slots[own + ITEMS - span * STRIDE], total)', 'combine(total, slots[own + ITEMS - span * STRIDE])'],
    ['if (lane > 0u)', 'if (lane > 1u)'],
    ['for (var i = 1u; i < ITEMS; i++)', 'for (var i = 1u; i + 1u < ITEMS; i++)'],
    ['carry = combine(carry, slots[team + TEAM * STRIDE - 1u])', 'carry = slots[team + TEAM * STRIDE - 1u]'],
    ['carry = start(line, block)', 'carry = identity()'],
    ['min(LENGTH, first + BLOCK)', 'first + BLOCK'],
    [
      '      workgroupBarrier();\n      if (lane >= span)',
      '      if (lane >= span)',
      { equivalent: 'a race with the threads below, which software runs first' },
    ],
    ['      workgroupBarrier();\n      slots[own + ITEMS] = total;', '      slots[own + ITEMS] = total;'],
    ['if (at < end) {\n        store', 'if (at <= end) {\n        store'],
    ['let line = job % LINES', 'let line = job / BLOCKS'],
  ],
  'scan/extremum.wgsl': [
    ['is_nan(b.value) || (!is_nan(a.value) && ${NO_WORSE})', '${NO_WORSE}'],
    [
      '!is_nan(a.value) && ',
      '',
      { equivalent: 'comparisons with NaN are false on this device, as WGSL does not promise' },
    ],
  ],
  'scan/linear.wgsl': [
    ['b.factor * a.term + b.term', 'a.factor * a.term + b.term'],
    ['b.factor * a.term + b.term', 'a.factor * b.term + a.term'],
  ],
  'scan/logsumexp.wgsl': [
    ['-inf_f32()', '0.0'],
    ['!is_finite(top)', 'is_nan(top)'],
  ],
  'scan/prod.wgsl': [['a * b', 'a + b']],
});

const softmax = mutantsOf('softmax', {
  'softmax/softmax.wgsl': [
    ['in0(a + c * A_STEP) - highest);', 'in0(a + c * A_STEP));'],
    ['y * (dy - total)', 'y * dy - total'],
    ['dy - precise_exp(y) * total', 'dy - y * total'],
    ['select(0u, COLUMNS, row < ROWS)', 'COLUMNS'],
    ['highest = nan_max(highest, ', 'highest = max(highest, '],
    ['select(otherwise, y, defined)', 'y'],
    ['is_inf(highest) && highest < 0.0', 'false'],
    ['let first = thread % TEAM', 'let first = thread / TEAM'],
    ['row < ROWS', 'row + 1u < ROWS'],
    ['let dy = in0(a + c * A_STEP)', 'let dy = in0(a + c)'],
    ['shifted - scale', 'shifted + scale'],
  ],
  'rows/team.wgsl': [
    [
      '    workgroupBarrier();\n    if (thread % TEAM < span) {\n      lanes[thread] += ',
      '    if (thread % TEAM < span) {\n      lanes[thread] += ',
    ],
    [
      '    workgroupBarrier();\n    if (thread % TEAM < span) {\n      lanes[thread] = nan_max',
      '    if (thread % TEAM < span) {\n      lanes[thread] = nan_max',
    ],
    [
      '  workgroupBarrier();\n  let total',
      '  let total',
      { equivalent: 'a race with the first thread of the team, which software runs first' },
    ],
    ['  workgroupBarrier();\n  return largest;', '  return largest;'],
    ['lanes[thread] += lanes[thread + span]', 'lanes[thread] += lanes[thread + 1u]'],
    ['nan_max(lanes[thread], lanes[thread + span])', 'max(lanes[thread], lanes[thread + span])'],
    ['let total = lanes[thread - thread % TEAM]', 'let total = lanes[0]'],
    ['span = TEAM / 2u', 'span = TEAM / 4u', { nth: 2 }],
  ],
});

const norm = mutantsOf('norm', {
  'rows/team.wgsl': [['  workgroupBarrier();\n  return total;', '  return total;']],
  'norm/rms-norm.wgsl': [
    ['+ ${EPS}', '+ 0.0 * ${EPS}'],
    ['* r * dot_mean', '* dot_mean'],
    ['live && first == 0u', 'live && first == 1u'],
    ['partial += x * x', 'partial += x'],
  ],
  'norm/layer-norm.wgsl': [
    ['- missed * missed', '+ missed * missed'],
    ['mean += missed;', ''],
    ['variance + ${EPS}', 'variance + 0.0 * ${EPS}'],
    ['centred * centred', 'centred'],
    ['- dy_mean - xhat * dot_mean', '- dy_mean'],
    ['- dy_mean - xhat * dot_mean', '- xhat * dot_mean'],
    ['team_sum(squares, thread) / f32(COLUMNS)', 'team_sum(squares, thread) / (f32(COLUMNS) - 1.0)'],
    ['live && first == 0u', 'live && first == 1u'],
    ['out1(row, mean)', 'out1(row, mean - missed)'],
    ['let out = row * COLUMNS', 'let out = row * (COLUMNS + 1u)'],
    ['let xhat = (in1(b + b_column(c)) - mean) * rstd', 'let xhat = (in1(b + c) - mean) * rstd'],
  ],
});

const loss = mutantsOf('loss', {
  'loss/cross-entropy.wgsl': [
    [
      'highest = nan_max(highest, ',
      'highest = max(highest, ',
      { equivalent: 'NaN makes the sum of exponentials NaN all the same' },
    ],
    [
      'goal >= 0 && goal < CLASSES && defined',
      'goal >= 0 && goal < CLASSES',
      { equivalent: 'infinity less infinity is NaN on this device, as WGSL does not promise' },
    ],
    ['goal < CLASSES', 'goal < CLASSES - 1'],
    ['goal == IGNORED', 'goal == IGNORED - 1'],
    ['spread - (in0(x + u32(goal) * X_STEP) - highest)', '(highest + spread) - in0(x + u32(goal) * X_STEP)'],
    ['out1(row, select(nan_f32(), highest + spread, defined))', 'out1(row, spread)'],
    [
      'let end = select(0u, u32(CLASSES), live)',
      'let end = u32(CLASSES)',
      { equivalent: 'rows beyond the last are only read, and nothing of them is stored' },
    ],
    ['c = first; c < end', 'c = first + 1u; c < end', { nth: 2 }],
  ],
  'loss/cross-entropy-backward.wgsl': [
    ['p - hot', 'p + hot'],
    ['goal != IGNORED', 'true'],
    ['in0(g_row(row))', 'in0(g_row(0u))'],
    ['e % CLASSES', 'e / CLASSES'],
    ['e >= COUNT', 'e + 1u >= COUNT'],
  ],
});

const ctc = mutantsOf('ctc', {
  'ctc/lattice.wgsl': [
    ['label_of(n, s + 2u) != label', 'true'],
    ['label_of(n, s - 2u) != label', 'true'],
    ['s + 1u >= last', 's >= last'],
    ['s < 2u', 's < 1u'],
    ['frames - 1u - step', 'FRAMES - 1u - step'],
    ['next | REPEATED', 'next'],
    ['p > position + 1u', 'p > position'],
    ['select(none, 0.0, last == 0u)', 'none'],
    ['row + (frames - 1u) % 2u * STATES', 'row'],
    [
      '  workgroupBarrier();\n',
      '',
      { equivalent: 'storageBarrier() waits for all threads too, and this device orders all memory with it' },
    ],
    ['  workgroupBarrier();\n  storageBarrier();\n', ''],
  ],
  'ctc/gradient.wgsl': [
    ['precise_exp(x) - precise_exp', 'precise_exp(x) + precise_exp'],
    ['through + loss - x', 'through + loss'],
    ['t >= frames_of(n) || ', ''],
    ['(first & REPEATED) != 0u || ', ''],
    ['s <= 2u * count', 's < 2u * count', { nth: 2 }],
    ['if (is_inf(loss) && loss > 0.0)', 'if (false)'],
    ['p = links[n * LABELS + p] & ~REPEATED', 'p = LABELS', { nth: 2 }],
  ],
  'ctc/states.wgsl': [
    ['is_inf(largest) || is_nan(largest)', 'is_nan(largest)'],
    ['c < 0 || c >= CLASSES', 'c < 0'],
    ['0, i32(LABELS)', '0, i32(LABELS) - 1'],
  ],
});

export const rowMutants = [...reduce, ...scan, ...softmax, ...norm, ...loss, ...ctc];
