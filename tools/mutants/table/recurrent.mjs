// @ts-check
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the shaders' holes are quoted as they stand.
/** Faults in recurrent layers. */
import { mutantsOf } from './kit.mjs';

export const recurrentMutants = mutantsOf('recurrent', {
  'recurrent/forward.wgsl': [
    ['f * c_before + i * g', 'f * c_before + i'],
    ['let output = select(vec4<f32>(), after, live);', 'let output = after;'],
    ['(step + 1u) % 2u * BLOCKS', 'step % 2u * BLOCKS'],
    ['min(begin + ${STEPS}u, TIME)', 'begin + ${STEPS}u'],
    ['let first_unit = tile * ROUND;', 'let first_unit = 0u;'],
    ['select(x, 0.0, is_negative(x))', 'x'],
    ['FINAL + STATE + u', 'FINAL + u'],
    ['${KEPT}u * HIDDEN + u', '${KEPT}u * HIDDEN'],
  ],
  'recurrent/backward.wgsl': [
    ['dh * o * (one - y * y)', 'dh * o * (one - y)'],
    ['dh * (one - z) * (one - n * n)', 'dh * z * (one - n * n)'],
    ['if (step > 0u)', 'if (step > 1u)'],
    ['output_gradient(t, block, u), live_at(t, block)', 'output_gradient(t, block, u), vec4(true)'],
    ['${DH}[at] = select(dh, vec4<f32>(), live);', '${DH}[at] = dh;'],
    ['min(begin + ${STEPS}u, TIME + 1u)', 'min(begin + ${STEPS}u, TIME)'],
    ['is_positive(y) || is_nan(y)', 'true'],
    ['FINAL + column', 'FINAL'],
  ],
  'recurrent/walk.wgsl': [['atomicStore(&clock.done, 0u);', '']],
  'recurrent/product.wgsl': [
    ['w$j_$g[$q]', 'w$j_$g[0]', { nth: 1 }],
    ['w$j_$g[$q]', 'w$j_$g[0]', { nth: 2 }],
    ['subgroupBroadcast(own$r, $qu)', 'subgroupBroadcast(own$r, 0u)', { nth: 1 }],
    ['subgroupBroadcast(own$r, $qu)', 'subgroupBroadcast(own$r, 0u)', { nth: 2 }],
    ['x + $ru * ${STEPS}u + k + lane', 'x + k + lane'],
  ],
  'recurrent/pack.wgsl': [
    ['+ e % 4u', ''],
    ['% ${BANKS}u', '% 1u'],
  ],
  'recurrent/prepare.wgsl': [
    ['${WEIGHTS}u + e]', 'e]'],
    ['${CELLS}u + e]', 'e]'],
    ['clock[e] = 0u;', 'clock[e] = 1u;'],
  ],
});
