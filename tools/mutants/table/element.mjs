// @ts-check
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the shaders' holes are quoted as they stand.
/** Faults in what is computed element by element: snippets, special functions, the prelude, and loads and stores. */
import { mutantsOf } from './kit.mjs';

const pointwise = mutantsOf('pointwise', {
  'pointwise/abs.wgsl': [['dy * sign_of(x)', 'dy']],
  'pointwise/atan2.wgsl': [
    ['beyond = small > 0.41421357 * large', 'beyond = small > 0.51421357 * large'],
    ['select(1.0, 0.25, large > 1e38)', '1.0'],
    ['abs(y) > abs(x)', 'abs(y) < abs(x)'],
    ['is_nan(x) || is_nan(y)', 'is_nan(x)'],
  ],
  'pointwise/cast.wgsl': [
    ['if (x >= 2147483648.0) { return 2147483647i; }', ''],
    ['(bitcast<u32>(x) & 0x7fffffffu) != 0u', 'bitcast<u32>(x) != 0u'],
    ['is_nan(x) || x <= 0.0', 'is_nan(x)', { equivalent: "WGSL's own conversion gives 0 for what is below" }],
  ],
  'pointwise/clamp.wgsl': [
    ['nan_min(nan_max(x, lo), hi)', 'nan_max(nan_min(x, hi), lo)'],
    ['x >= lo', 'x > lo'],
    ['x <= hi', 'x < hi'],
    [
      'ordered(x, lo) && ordered(x, hi) && ',
      '',
      { equivalent: 'comparisons with NaN are false on this device, as WGSL does not promise' },
    ],
  ],
  'pointwise/copysign.wgsl': [['select(b, 1.0, is_nan(b))', 'b']],
  'pointwise/eq.wgsl': [
    [
      ' && ordered(a, b)',
      '',
      { equivalent: 'comparisons with NaN are false on this device, as WGSL does not promise' },
    ],
  ],
  'pointwise/lt.wgsl': [
    [
      ' && ordered(a, b)',
      '',
      { equivalent: 'comparisons with NaN are false on this device, as WGSL does not promise' },
    ],
  ],
  'pointwise/expm1.wgsl': [['y + 1.0', 'y']],
  'pointwise/floorDivide.wgsl': [
    ['quotient = quotient - 1.0', 'quotient = quotient'],
    ['quotient - whole > 0.5', 'quotient - whole > 1.5'],
  ],
  'pointwise/floorDivide.int.wgsl': [['(a < T(0)) != (b < T(0))', '(a < T(0)) == (b < T(0))']],
  'pointwise/fmax.wgsl': [['b, is_nan(a)', 'a, is_nan(a)']],
  'pointwise/gcd.int.wgsl': [['x < T(0)', 'x > T(0)']],
  'pointwise/gelu.wgsl': [['normal_cdf(x) + x * normal_pdf(x)', 'normal_cdf(x) - x * normal_pdf(x)']],
  'pointwise/geluTanh.wgsl': [
    ['0.134145', '0.044715'],
    ['clamp(x, -15.0, 15.0)', 'x'],
  ],
  'pointwise/ge.bool.wgsl': [['a || !b', 'a && !b']],
  'pointwise/heaviside.wgsl': [['at_zero, (bitcast', '0.5, (bitcast']],
  'pointwise/hypot.wgsl': [['is_inf(a) || is_inf(b)', 'is_inf(a)']],
  'pointwise/leakyRelu.wgsl': [['dy * slope, dy', 'dy, dy * slope']],
  'pointwise/leftShift.int.wgsl': [['by > 31u', 'by > 32u']],
  'pointwise/lerp.wgsl': [['abs(w) < 0.5', 'abs(w) < 1.5']],
  'pointwise/logaddexp.wgsl': [['is_inf(a) && bitcast<u32>(a) == bitcast<u32>(b)', 'false']],
  'pointwise/nextafter.wgsl': [
    [
      'next == 0 && start < 0',
      'next == 0 && start > 0',
      { equivalent: 'the sign of a zero between subnormal numbers, which docs/numerics.md does not promise' },
    ],
  ],
  'pointwise/normal.wgsl': [['bits.x + 1u', 'bits.x']],
  'pointwise/pow.int.wgsl': [
    ['a == ~T(0)', 'a == T(0)'],
    ['rest > T(0)', 'rest > T(1)'],
  ],
  'pointwise/randomInt.wgsl': [['u32(high - low)', 'u32(high - low + T(1))']],
  'pointwise/relu.wgsl': [
    ['is_positive(y) || is_nan(y)', 'is_positive(y)'],
    ['is_negative(x)', '!is_positive(x)'],
  ],
  'pointwise/remainder.wgsl': [['>> 31u) == 1u', '>> 31u) == 0u']],
  'pointwise/rightShift.int.wgsl': [['by > 31u', 'by > 30u']],
  'pointwise/rsqrt.wgsl': [['y * y * y', 'y * y']],
  'pointwise/sigmoid.wgsl': [['(1.0 - y) * y', '(1.0 + y) * y']],
  'pointwise/silu.wgsl': [['1.0 + x * (1.0 - s)', '1.0 + x * s']],
  'pointwise/softplus.wgsl': [
    ['let y = precise_div(max', 'let y = (max'],
    [
      'dy, ordered(z, threshold) && z > threshold',
      'dy, z > threshold',
      { equivalent: 'comparisons with NaN are false on this device, as WGSL does not promise' },
    ],
  ],
  'pointwise/sub.wgsl': [['a - b', 'b - a']],
  'pointwise/tanh.wgsl': [['1.0 - y', '1.0 + y']],
  'pointwise/where.wgsl': [['select(b, a, condition)', 'select(a, b, condition)']],
  'pointwise/xlogy.wgsl': [[' && !is_nan(b)', '']],
  'pointwise/pointwise.wgsl': [
    ['i < ${COUNT}u', 'i + 1u < ${COUNT}u'],
    [
      'i < ${COUNT}u',
      'i <= ${COUNT}u',
      { equivalent: 'past the last element lies padding, or the device drops the access' },
    ],
    ['group.y * ${GROUPS_X}u', 'group.y * (${GROUPS_X}u + 1u)'],
  ],
});

const special = mutantsOf('special', {
  'prelude/bases.wgsl': [
    ['x >= 128.0', 'x >= 127.0'],
    ['4.60503898e-6', '0.0'],
  ],
  'prelude/bessel.wgsl': [
    ['times_exp(i0_far(a), a), i0_near(a), a <= 8.0', 'times_exp(i0_far(a), a), i0_near(a), a <= 9.0'],
    ['copy_sign(i1_far(a), x)', 'i1_far(a)'],
    ['let half = precise_exp(0.5 * a);\n  return (y * half) * half;', 'return y * precise_exp(a);'],
  ],
  'prelude/erfc.wgsl': [
    ['2.0 - tail', '1.0 - tail'],
    ['y * (1.0 + exp_tail(rate * low))', 'y'],
    ['x > 16.0', 'x > 1e9'],
    ['a == 1.0 && !is_nan(x)', 'a >= 1.0'],
    ['root < 4.05', 'root < 5.05'],
    ['p < 0.0 || p > 1.0', 'p < 0.0', { equivalent: 'the logarithm of a negative number makes it NaN all the same' }],
  ],
  'prelude/gamma.wgsl': [
    ['x < 1.5', 'x < 1.8'],
    ['x >= 8.0', 'x >= 6.0', { equivalent: "Stirling's formula is within the bound from 4 on" }],
    ['x >= 8.0', 'x >= 2.0'],
    ['if (z >= 3.0)', 'if (z >= 2.5)', { equivalent: 'the recurrence goes one step further, within the bound' }],
    ['inf_f32(), sine == 0.0', '1.0, sine == 0.0'],
    ['i < 6; i++', 'i < 4; i++', { equivalent: 'the series is within the bound from 5 on' }],
    ['i < 6; i++', 'i < 1; i++'],
    ['copy_sign(inf_f32(), -x)', 'copy_sign(inf_f32(), x)'],
    ['var sum = 0.0;\n  for (var k = 0; k < 8; k++)', 'var sum = 0.0;\n  for (var k = 1; k < 8; k++)'],
    ['select(1.0, sign, d < 0.0)', '1.0'],
    [
      'abs(x) < 16777216.0',
      'abs(x) < 1e30',
      { equivalent: 'such numbers are even, and so is what WGSL makes of one that an integer cannot hold' },
    ],
  ],
  'prelude/inverse-hyperbolic.wgsl': [
    ['select(precise_log(a) + 0.693147181, near, a < 1e4)', 'select(precise_log(a), near, a < 1e4)'],
    ['select(y, nan_f32(), x < 1.0)', 'y'],
    ['a <= 1.0', 'a <= 2.0', { equivalent: 'the logarithm of a negative number makes it NaN all the same' }],
  ],
  'prelude/inverse-trigonometric.wgsl': [
    ['(i32(reduced.y) & 1) == 1', '(i32(reduced.y) & 2) == 2'],
    ['- (one + 8.74227766e-8)', '- one', { equivalent: 'a third of a unit in the last place, within the bound' }],
    ['precise_div(-1.0, a)', 'precise_div(1.0, a)'],
  ],
  'pointwise/entr.wgsl': [['-inf_f32(), is_negative(x)', 'nan_f32(), is_negative(x)']],
  'pointwise/i1.wgsl': [['i0_near(a) - i1_near(a)', 'i0_near(a) - a * i1_near(a)']],
  'pointwise/i1e.wgsl': [['slope, 0.5, abs(x) < 1e-30', 'slope, 1.0, abs(x) < 1e-30']],
  'pointwise/logNdtr.wgsl': [['select(slope, -x, x < -1e4)', 'slope']],
  'pointwise/logit.wgsl': [['abs(x - 0.5) < 0.2', 'abs(x - 0.5) < 0.0']],
  'pointwise/ndtri.wgsl': [['exp_of_square(y, 0.5)', 'exp_of_square(y, 1.0)']],
  'pointwise/polygamma.wgsl': [['n + 1.0', 'n']],
  'pointwise/sinc.wgsl': [['abs(x) < 0.5', 'abs(x) < 0.0']],
});

const prelude = mutantsOf('prelude', {
  'prelude/division.wgsl': [
    ['nan_f32(), is_inf(a)', '1.0, is_inf(a)'],
    ['abs(b) > 1.0', 'abs(b) < 1.0'],
    [
      'exponent - 1u >= 252u',
      'exponent - 1u >= 255u',
      { equivalent: 'this device divides by the largest numbers too, as WGSL does not promise' },
    ],
    ['copy_sign(inf_f32(), zero)', 'inf_f32()'],
  ],
  'prelude/erf.wgsl': [
    [
      'x, is_nan(x));\n}\n\n/** The standard normal distribution',
      '0.0, is_nan(x));\n}\n\n/** The standard normal distribution',
    ],
    ['t < 0.93', 't < 1.93'],
    ['1.0 - half, half, is_negative(x)', 'half, 1.0 - half, is_negative(x)'],
  ],
  'prelude/exp.wgsl': [
    ['x > 88.72283', 'x > 87.0'],
    ['x < -87.33654', 'x < -88.5'],
    [
      'select(select(finite, inf_f32(), x > 88.72283), x, is_nan(x))',
      'select(finite, inf_f32(), x > 88.72283)',
      { equivalent: 'NaN comes through the arithmetic on this device, as WGSL does not promise' },
    ],
    ['near + n * 2.12194440e-4', 'near'],
    ['x > 29.0', 'x > 31.0'],
  ],
  'prelude/extrema.wgsl': [
    ['select(select(max(a, b), b, is_nan(b)), a, is_nan(a))', 'max(a, b)'],
    ['select(select(min(a, b), b, is_nan(b)), a, is_nan(a))', 'select(min(a, b), a, is_nan(a))'],
    ['<= 0x7f800000u', '< 0x7f800000u'],
  ],
  'prelude/hyperbolic.wgsl': [['min(abs(x), 20.0)', 'min(abs(x), 4.0)']],
  'prelude/log.wgsl': [
    ['select(127, 276, subnormal)', '127'],
    ['x, nan_f32(), is_negative(x)', 'nan_f32(), x, is_negative(x)'],
    ['x > -0.29 && x < 0.41', 'false'],
  ],
  'prelude/modulo.wgsl': [
    ['x >= 0x7f800000u || y > 0x7f800000u || y == 0u', 'x >= 0x7f800000u || y >= 0x7f800000u || y == 0u'],
    ['(even & 1u) == 1u', '(even & 1u) == 0u', { equivalent: 'a quotient of two 24-bit numbers never lies half-way' }],
    ['i < 3; i++', 'i < 2; i++'],
    ['exponent <= 0', 'exponent < 0'],
  ],
  'prelude/pow.wgsl': [
    ['|| bitcast<u32>(x) == 0x3f800000u', ''],
    [
      'abs(y) < 16777216.0 && ',
      '',
      { equivalent: 'such numbers are even, and so is what WGSL makes of one that an integer cannot hold' },
    ],
    ['n == 3', 'n == 2'],
    ['(magnitude == 0u) == is_negative(y)', '(magnitude == 0u) != is_negative(y)'],
    ['negative && !whole', 'negative && odd'],
    ['- e * 3.1954797e-2', ''],
  ],
  'prelude/root.wgsl': [
    ['select(x, nan_f32(), is_negative(x))', 'x'],
    ['copy_sign(inf_f32(), x)', 'inf_f32()'],
  ],
  'prelude/rounding.wgsl': [
    [
      'abs(x) < 8388608.0',
      'true',
      {
        equivalent:
          'round() of a number that is whole already is that number, and this device passes infinity and NaN too',
      },
    ],
    ['((magnitude >> 13u) & 1u)', '1u'],
    ['magnitude >= 0x477ff000u', 'magnitude >= 0x477fe000u'],
  ],
  'prelude/sigmoid.wgsl': [['-abs(x)', '-x']],
  'prelude/special-values.wgsl': [
    ['> 0x7f800000u', '> 0x7fc00000u'],
    ['0x80000001u', '0x80000000u'],
    ['bitcast<u32>(x) - 1u < 0x7f800000u', 'bitcast<u32>(x) - 1u <= 0x7f800000u'],
  ],
  'prelude/threefry.wgsl': [
    ['k2 + 4u', 'k2 + 3u'],
    ['29u', '28u'],
  ],
  'prelude/trigonometric.wgsl': [
    ['nearer + n * 1.62920680e-7', 'nearer'],
    ['(quadrant & 2) == 2', '(quadrant & 1) == 1'],
    ['if (shift > 0u)', 'if (shift > 1u)'],
    ['(cross >> 16u) + (middle >> 16u)', '(middle >> 16u)'],
    ['(turns >> 30u) + (fraction >> 31u)', '(turns >> 30u)'],
  ],
});

const access = mutantsOf('access', {
  'src/backends/webgpu/io.ts': [
    [
      "programText(input.program, [input.value], memory, functions, 'p')",
      "programText(input.program, [0], memory, functions, 'p')",
    ],
    [
      'const epilogue = i === 0 ? kernel.epilogue : undefined;',
      'const epilogue = i === 1 ? kernel.epilogue : undefined;',
    ],
    ["'e', program.values[s]!)", "'e', 'v')"],
    [
      '(i > 0 || kernel.epilogue === undefined)',
      'true',
      { equivalent: 'the elements of a vector can be stored one by one, if less fast' },
    ],
  ],
  'src/backends/webgpu/layout.ts': [
    ['=== strides[i]! * size)', '=== strides[i]!)'],
    ["step > 0 ? '+' : '-'", "step > 0 ? '+' : '+'"],
    ['layout.offset === 0 ? e : `${e} + ${u32(layout.offset)}`', 'e'],
    ['rest = next;', 'rest = e;'],
  ],
  'src/backends/webgpu/memory.ts': [
    ['(${at}) / 4u][(${at}) % 4u]`', '(${at}) / 4u][0]`'],
    ['i >> 2', 'i >> 3'],
  ],
  'src/backends/webgpu/vectors.ts': [
    ['layouts[b]!.offset % 4 === 0 && ', ''],
    ['.every((stride) => stride % 4 === 0)', '.every((stride) => stride % 2 === 0)'],
    ["step > 0 ? '+' : '-'", "'+'"],
    ['first + ${k}u', 'first'],
  ],
});

export const elementMutants = [...pointwise, ...special, ...prelude, ...access];
