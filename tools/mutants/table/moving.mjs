// @ts-check
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the shaders' holes are quoted as they stand.
/** Faults in kernels that move data: gather and scatter, sorting, adding through views; and in the optimizers' steps. */
import { mutantsOf } from './kit.mjs';

const index = mutantsOf('index', {
  'index/gather.wgsl': [
    ['at >= 0 && at < EXTENT', 'at < EXTENT'],
    ['at < EXTENT', 'at <= EXTENT'],
    ['u32(at) * X_STEP', 'u32(at)'],
    ['e >= COUNT', 'e + 1u >= COUNT'],
  ],
  'index/scatter-add.wgsl': [
    ['old0(out_line)', 'T(0)'],
    ['combine(total, in2', 'combine(T(0), in2'],
    ['% EXTENT', '% (EXTENT + 1)'],
    ['if (hit)', 'if (true)', { equivalent: 'what is stored where nothing was added is what was there' }],
    ['at >= 0 && at < EXTENT', 'at >= 0 && at <= EXTENT'],
    ['k < ENTRIES', 'k < ENTRIES - 1u', { nth: 1 }],
    ['u32(at) * OUT_STEP', 'u32(at)'],
  ],
  'index/segments.wgsl': [
    ['first > 0u && sorted[first - 1u].x == key', 'first > 1u && sorted[first - 1u].x == key'],
    ['i + 3u < ENTRIES && sorted[i + 3u].x == key', 'i + 3u < ENTRIES && sorted[i].x == key'],
    ['i < ENTRIES && sorted[i].x == key', 'sorted[i].x == key'],
    ['key == NOWHERE || ', ''],
    ['src_entry(sorted[i + 1u].y)', 'src_entry(sorted[i].y)'],
    ['let column = e % COLUMNS', 'let column = 0u'],
  ],
  'index/sort.wgsl': [
    ['a.x == b.x && a.y < b.y', 'a.x == b.x && a.y > b.y'],
    ['keys[i] == key && i < thread', 'keys[i] == key && i <= thread'],
    ['  workgroupBarrier();\n', ''],
    ['min(run + RUN, COUNT)', 'run + RUN'],
    ['start + e % RUN', 'start'],
    ['at >= 0 && at < EXTENT', 'at < EXTENT'],
    ['low = middle + 1u', 'low = middle + 2u'],
  ],
  'index/cat.wgsl': [['e / INNER % SPAN', 'e % SPAN']],
  'index/cat-part.wgsl': [['position < ${END}u', 'position <= ${END}u']],
  'index/scatter-view.wgsl': [['e < COUNT', 'e + 1u < COUNT']],
});

const sort = mutantsOf('sort', {
  'sort/key.wgsl': [
    ['bits > 0x80000000u', 'bits >= 0x80000000u'],
    ['0xffffffffu, is_nan(x)', '0u, is_nan(x)'],
    ['bitcast<u32>(x) ^ 0x80000000u', 'bitcast<u32>(x)'],
    ['return ~key', 'return key'],
  ],
  'sort/block.wgsl': [
    ['places[low] > places[high]', 'places[low] < places[high]'],
    ['size <= SPAN', 'size < SPAN'],
    ['      workgroupBarrier();\n', ''],
    ['  workgroupBarrier();\n  for (var size', '  for (var size'],
    ['(low & (SPAN - 1u) & size) == 0u', '(low & size) == 0u'],
    ['places[slot] != NOWHERE', 'true'],
    ['line < LINES && place < LENGTH', 'line < LINES'],
    ['keys[slot] = NOWHERE', 'keys[slot] = 0u'],
  ],
  'sort/merge.wgsl': [
    ['places_before[a] < places_before[b]', 'places_before[a] > places_before[b]'],
    ['min(left + RUN, LENGTH)', 'left + RUN'],
    ['select(0u, count - right_size, count > right_size)', '0u'],
    [
      '  workgroupBarrier();\n  let size',
      '  let size',
      { equivalent: 'a race with the first two threads, which software runs first' },
    ],
    [
      '  workgroupBarrier();\n  for (var i = thread; i < size; i += WIDTH) {\n    let key',
      '  for (var i = thread; i < size; i += WIDTH) {\n    let key',
    ],
    ['places[middle] < place', 'places[middle] > place'],
    ['min(first + TILE, end - left)', 'first + TILE'],
  ],
  'sort/rank.wgsl': [
    ['other == key && i < own', 'other == key && i <= own'],
    ['places_before[base + middle] < place', 'places_before[base + middle] > place'],
    ['min(start + RUN, LENGTH)', 'start + RUN'],
    ['start + own % RUN', 'start + own % WAYS'],
    ['min(run + RUN, LENGTH)', 'run + RUN'],
  ],
  'sort/search.wgsl': [
    ['boundary <= key', 'boundary < key'],
    ['boundary < key', 'boundary <= key'],
    ['var high = LENGTH', 'var high = LENGTH - 1u'],
    ['middle * ${STEP}', 'middle * 1u + 0u * ${STEP}'],
  ],
  'sort/store.wgsl': [['at * ${OUT_STEP}', 'at + 0u * ${OUT_STEP}']],
  'sort/unsort.wgsl': [['u32(at) * ${OUT_STEP}', 'u32(at) + 0u * ${OUT_STEP}']],
});

const fold = mutantsOf('fold', {
  'fold/scatter-view-add.wgsl': [
    ['e - OFFSET <= ${FARTHEST}u', 'e - OFFSET < ${FARTHEST}u'],
    ['e >= OFFSET && ', '', { equivalent: 'below OFFSET the difference wraps around, beyond FARTHEST' }],
    ['min(SIZE[$d] - 1u, rest$d / STRIDE[$d])', 'min(SIZE[$d], rest$d / STRIDE[$d])'],
    [
      '+ STRIDE[$d] - 1u) / STRIDE[$d]',
      ') / STRIDE[$d]',
      { equivalent: 'starts one coordinate early, at which the further dims cannot reach the rest' },
    ],
    ['i$d <= high$d', 'i$d < high$d'],
    [
      'if (rest${RANK} == 0u)',
      'if (true)',
      { equivalent: 'the bounds of the last coordinate admit it only if nothing is left over' },
    ],
    ['max(rest$d, REACH[$d]) - REACH[$d]', 'rest$d'],
  ],
});

const update = mutantsOf('update', {
  'update/update.wgsl': [
    ['e.p -= lr * weight_decay * e.p', 'e.p -= weight_decay * e.p'],
    ['e.g += weight_decay * e.p', 'e.g -= weight_decay * e.p'],
    ['if (weight_decay != 0.0)', 'if (true)'],
    ['e.g = -e.g', 'e.g = e.g'],
    ['return round_to_half(x)', 'return x'],
    ['at >= COUNT', 'at + 1u >= COUNT'],
  ],
  'update/sgd.wgsl': [
    ['factor * e.momentum_buffer + undamped', 'e.momentum_buffer + undamped'],
    ['undamped * e.g', 'e.g'],
    ['direction += factor * e.momentum_buffer', 'direction = factor * e.momentum_buffer'],
    ['e.p -= lr', 'e.p += lr'],
  ],
  'update/adam.wgsl': [
    ['${REST1} * (e.g - e.exp_avg)', '${REST1} * e.g'],
    ['${BETA2} * e.exp_avg_sq', '(0.0 * ${BETA2} + 1.0) * e.exp_avg_sq'],
    ['nan_max(e.max_exp_avg_sq, e.exp_avg_sq)', 'e.exp_avg_sq'],
    ['let square = e.max_exp_avg_sq', 'let square = e.exp_avg_sq'],
    ['/ precise_sqrt(${CORRECTION2}) + ${EPS}', '/ precise_sqrt(${CORRECTION2} + ${EPS})'],
    ['lr / ${CORRECTION1}', 'lr + 0.0 * ${CORRECTION1}'],
  ],
  'update/adadelta.wgsl': [
    ['precise_sqrt(e.acc_delta + eps)', 'precise_sqrt(e.acc_delta)'],
    ['rest * delta * delta', 'delta * delta'],
  ],
  'update/adagrad.wgsl': [['e.sum += e.g', 'e.sum = e.g']],
  'update/adamax.wgsl': [['abs(e.g)', 'e.g']],
  'update/asgd.wgsl': [
    ['mu == 1.0', 'false', { equivalent: 'the sum is that too, up to rounding' }],
    ['mu * (e.p - e.ax)', 'mu * e.p'],
    ['${KEPT} * e.p', '(0.0 * ${KEPT} + 1.0) * e.p'],
  ],
  'update/average.wgsl': [
    ['weight * (fresh - old)', 'weight * fresh'],
    ['fresh, weight == 1.0', 'old, weight == 1.0'],
    ['b.w, weight', 'b.z, weight'],
    ['at >= COUNT', 'at + 1u >= COUNT'],
    ['return round_to_half(y)', 'return y'],
  ],
  'update/lion.wgsl': [
    ['${BETA1} * e.exp_avg + ', '${BETA1} * e.exp_avg - '],
    ['${BETA2} * e.exp_avg + ', '${BETA2} * e.exp_avg - '],
  ],
  'update/nadam.wgsl': [
    ['e.exp_avg_sq / ${CORRECTION2}', 'e.exp_avg_sq + 0.0 * ${CORRECTION2}'],
    ['${GRAD_STEP} * e.g', '${GRAD_STEP} * e.exp_avg'],
  ],
  'update/radam.wgsl': [
    ['rectified > 0.0', 'true'],
    ['e.exp_avg / ${CORRECTION1}', 'e.exp_avg + 0.0 * ${CORRECTION1}'],
  ],
  'update/rmsprop.wgsl': [
    ['square -= e.grad_avg * e.grad_avg', 'square += e.grad_avg * e.grad_avg'],
    ['factor * e.momentum_buffer + direction', 'e.momentum_buffer + direction'],
  ],
  'update/rprop.wgsl': [
    ['${GROW}, agreement > 0.0', '${GROW}, agreement >= 0.0'],
    ['select(e.g, 0.0, agreement < 0.0)', 'e.g'],
    ['${LEAST}, ${MOST}', '${LEAST}, 1e9 * ${MOST}'],
  ],
  'update/norm.wgsl': [
    ['entering(v.z)', 'entering(v.y)'],
    ['  return nan_max(a, b);', '  return max(a, b);'],
    ['precise_pow(x, 1.0 / ${P})', 'x + 0.0 * ${P}'],
    ['  workgroupBarrier();\n  for (var half', '  for (var half'],
    ['half > 0u', 'half > 1u'],
    ['${OFFSET}u + group.x', '0u * ${OFFSET}u + group.x'],
    ['WIDTH * ${GROUPS}u', 'WIDTH + 0u * ${GROUPS}u'],
  ],
  'update/scale.wgsl': [
    ['nan_min(precise_div(${FIRST_SCALAR}, ${NORM} + 1e-6), 1.0)', 'precise_div(${FIRST_SCALAR}, ${NORM} + 1e-6)'],
    ['return nan_min(', 'return min('],
    ['select(x * by, x, (bitcast<u32>(x) << 1u) == 0u)', 'x * by'],
    ['scaled(v.w, by)', 'v.w'],
    ['at >= COUNT', 'at + 1u >= COUNT'],
    ['return round_to_half(y)', 'return y'],
  ],
});

export const movingMutants = [...index, ...sort, ...fold, ...update];
