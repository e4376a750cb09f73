// @ts-check
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the shaders' holes are quoted as they stand.
/** Faults in recurrent layers. */
import { mutantsOf } from './kit.mjs';

export const recurrentMutants = mutantsOf('recurrent', {
  'recurrent/forward.wgsl': [
    ['f * c_before + i * g', 'f * c_before + i'],
    ['let c = select(c_before, next, live);', 'let c = next;'],
    ['let h = select(before, after, live);', 'let h = after;'],
    ['let output = select(vec4<f32>(), after, live);', 'let output = after;'],
    ['n + z * (before - n)', 'before + z * (n - before)'],
    ['+ r * inner)', '+ inner)'],
    ['(step + 1u) % 2u * BLOCKS', 'step % 2u * BLOCKS'],
    ['h_rows[end % 2u', 'h_rows[begin % 2u'],
    ['min(begin + ${STEPS}u, TIME)', 'begin + ${STEPS}u'],
    ['let first_unit = tile * ROUND;', 'let first_unit = 0u;'],
    ['select(x, 0.0, is_negative(x))', 'x'],
    ['FINAL + STATE + u', 'FINAL + u'],
    ['${KEPT}u * HIDDEN + u', '${KEPT}u * HIDDEN'],
  ],
  'recurrent/backward.wgsl': [
    ['dh * o * (one - y * y)', 'dh * o * (one - y)'],
    ['let earlier = select(later, dc * f, live);', 'let earlier = dc * f;'],
    ['dh * (one - z) * (one - n * n)', 'dh * z * (one - n * n)'],
    ['let da = select(zero, to_n * r, live);', 'let da = to_n;'],
    ['return dh * z;', 'return zero;'],
    ['if (step > 0u)', 'if (step > 1u)'],
    ['live_at(time_of(step - 1u), block)', 'vec4(true)'],
    ['output_gradient(t, block, u), live_at(t, block)', 'output_gradient(t, block, u), vec4(true)'],
    ['${DH}[at] = select(dh, vec4<f32>(), live);', '${DH}[at] = dh;'],
    ['min(begin + ${STEPS}u, TIME + 1u)', 'min(begin + ${STEPS}u, TIME)'],
    ['is_positive(y) || is_nan(y)', 'true'],
    ['FINAL + column', 'FINAL'],
  ],
  'recurrent/walk.wgsl': [
    ['WORKGROUPS - 1u', 'WORKGROUPS'],
    ['atomicStore(&clock.done, 0u);', ''],
    ['TIME - 1u - step', 'step'],
    ['vec4(f32(t)) <', 'vec4(f32(t)) <='],
    ['min(BATCH - min(4u * block, BATCH), 4u)', '4u'],
  ],
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
