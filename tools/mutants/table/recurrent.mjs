// @ts-check
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the shaders' holes are quoted as they stand.
/** Faults in recurrent layers. */
import { mutantsOf } from './kit.mjs';

export const recurrentMutants = mutantsOf('recurrent', {
  'recurrent/forward.wgsl': [
    ['f * c_before + i * g', 'f * c_before + i'],
    ['let output = select(vec4<f32>(), after, live);', 'let output = after;'],
    ['(step + 1u) % 2u * BLOCKS', 'step % 2u * BLOCKS'],
    ['select(x, 0.0, is_negative(x))', 'x'],
    ['FINAL + STATE + u', 'FINAL + u'],
    ['${KEPT}u * HIDDEN + u', '${KEPT}u * HIDDEN'],
    ['n + z * (before - n)', 'n + z * before'],
    [' + r * inner', ' + inner'],
    ['select(c_before, next, live)', 'next'],
    ['select(before, after, live)', 'after'],
    ['= h_rows[step % 2u * R * STATE + e]', '= h_rows[e]'],
    ['4u * HIDDEN + u, c_before, live', '4u * HIDDEN + u, next, live'],
  ],
  'recurrent/backward.wgsl': [
    ['dh * o * (one - y * y)', 'dh * o * (one - y)'],
    ['dh * (one - z) * (one - n * n)', 'dh * z * (one - n * n)'],
    ['if (step > 0u)', 'if (step > 1u)'],
    ['output_gradient(t, block, u), live_at(t, block)', 'output_gradient(t, block, u), vec4(true)'],
    ['${DH}[at] = select(dh, vec4<f32>(), live);', '${DH}[at] = dh;'],
    ['is_positive(y) || is_nan(y)', 'true'],
    ['FINAL + column', 'FINAL'],
    ['dc * before * f * (one - f)', 'dc * before * (one - f)'],
    ['return dh * z', 'return zero'],
    [
      'select(vec4<f32>(), back, live_at(time_of(step - 1u), block))',
      'back',
      { equivalent: 'gradients of a sequence that has ended are 0, and so is what comes of them' },
    ],
    ['select(dh, direct, live_at(time_of(step), first_block + r))', 'direct'],
    ['select(later, dc * f, live)', 'dc * f'],
    ['select(zero, to_n * r, live)', 'to_n'],
  ],
  'recurrent/walk.wgsl': [
    ['atomicStore(&clock.done, 0u);', ''],
    ['return TIME - 1u - step', 'return step'],
    ['vec4(f32(t)) < carry', 'vec4(f32(t)) <= carry'],
    ['min(BATCH - min(4u * block, BATCH), 4u)', '4u'],
    ['== WORKGROUPS - 1u', '== WORKGROUPS'],
    ['min(begin + ${STEPS}u, ${ALL_STEPS}u)', 'min(begin + ${STEPS}u, TIME)'],
    ['let first_unit = tile * ROUND;', 'let first_unit = 0u;'],
  ],
  'recurrent/product.wgsl': [
    ['w$j_$g[$q]', 'w$j_$g[0]', { nth: 1 }],
    ['w$j_$g[$q]', 'w$j_$g[0]', { nth: 2 }],
    ['subgroupBroadcast(own$r, $qu)', 'subgroupBroadcast(own$r, 0u)', { nth: 1 }],
    ['subgroupBroadcast(own$r, $qu)', 'subgroupBroadcast(own$r, 0u)', { nth: 2 }],
    ['x + $ru * ${STEPS}u + k + lane', 'x + k + lane'],
    ['k / 4u * ${BANKS}u + $gu', 'k / 4u * ${BANKS}u'],
    ['w$j_$g[$q] * x$q_$r', 'w$j_$g[$q] * x$q_0', { nth: 1 }],
  ],
  'recurrent/pack.wgsl': [
    ['+ e % 4u', ''],
    ['% ${BANKS}u', '% (0u * ${BANKS}u + 1u)'],
    ['k >= ${STEPS}u', 'k > ${STEPS}u', { equivalent: 'what fills up the last four steps is not read' }],
    ['* 4u + e % 4u', '* 4u'],
  ],
  'recurrent/prepare.wgsl': [
    ['${WEIGHTS}u + e]', 'e]'],
    ['${CELLS}u + e]', '0u * ${CELLS}u + e]'],
    ['clock[e] = 0u;', 'clock[e] = 1u;'],
    ['length_of(sequence(e, 3u))', 'length_of(sequence(e, 2u))'],
    ['first_c(sequence(b, 1u), u)', 'first_c(sequence(b, 0u), u)'],
  ],
});
