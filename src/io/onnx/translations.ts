/** Ops of this library as operators of ONNX: https://onnx.ai/onnx/operators/ */
import type { VarInput } from '../../autograd/apply.ts';
import type { Var } from '../../autograd/var.ts';
import type { DType } from '../../core/dtype.ts';
import { contiguousLayout, numel } from '../../core/shape.ts';
import type { ResampleAttrs } from '../../ops/extended/resample.ts';
import { row } from '../../ops/index.ts';
import { type Attrs, isScalar, type Scalar, type ViewRow } from '../../ops/types.ts';
import type { Applied, Translation } from './applied.ts';
import { placesOf } from './places.ts';
import { elementTypes, type OnnxAttribute } from './proto.ts';

const list = (attrs: Attrs, key: string): readonly number[] => attrs[key] as readonly number[];
const names = ({ graph, inputs }: Applied): string[] => inputs.map((i) => graph.operand(i));
const shapeOf = (input: VarInput | undefined): readonly number[] => (input as Var).shape;
const dtypeOf = ({ inputs }: Applied): DType => (inputs.find((i) => !isScalar(i)) as Var).dtype;

/** One operator, same operands in the same order. */
const same =
  (op: string): Translation =>
  (a) => [a.graph.node(op, names(a))];
const sameOps = (ops: Readonly<Record<string, string>>): Record<string, Translation> =>
  Object.fromEntries(Object.entries(ops).map(([name, op]) => [name, same(op)]));

/** A formula of one operand, with numbers of its dtype. */
const formula =
  (
    build: (node: (op: string, ...operands: string[]) => string, x: string, n: (value: number) => string) => string,
  ): Translation =>
  (a) => {
    const type = dtypeOf(a);
    const node = (op: string, ...operands: string[]): string => a.graph.node(op, operands);
    return [build(node, names(a)[0]!, (value) => a.graph.number(value, type))];
  };

const reduced =
  (op: string, axesAsInput = false): Translation =>
  (a) => {
    const dims = list(a.attrs, 'dims');
    const [x] = names(a) as [string];
    // Of no dims: an empty list would mean all of them.
    if (dims.length === 0) return [a.graph.node('Identity', [x])];
    if (axesAsInput) return [a.graph.node(op, [x, a.graph.integers(dims)], { keepdims: 1 })];
    return [a.graph.node(op, [x], { axes: dims, keepdims: 1 })];
  };

/** ONNX knows no reductions of booleans. */
const counted =
  (op: string): Translation =>
  (a) => {
    const [x] = names(a) as [string];
    const numbers = a.graph.node('Cast', [x], { to: elementTypes.int32 });
    const found = a.graph.node(op, [numbers], { axes: list(a.attrs, 'dims'), keepdims: 1 });
    return [a.graph.node('Cast', [found], { to: elementTypes.bool })];
  };

const place =
  (op: string): Translation =>
  (a) => {
    const dims = list(a.attrs, 'dims');
    const [x] = names(a) as [string];
    const shape = shapeOf(a.inputs[0]);
    // Of all dims: the place in the flattened tensor.
    const whole = dims.length !== 1;
    if (whole && dims.length !== shape.length) return undefined;
    const from = whole ? a.graph.node('Reshape', [x, a.graph.integers([-1])]) : x;
    const found = a.graph.node(op, [from], { axis: whole ? 0 : dims[0]!, keepdims: 1 });
    const sized = whole ? a.graph.node('Reshape', [found, a.graph.integers(shape.map(() => 1))]) : found;
    return [a.graph.node('Cast', [sized], { to: elementTypes.int32 })];
  };

const windows = (attrs: Attrs): Record<string, OnnxAttribute> => ({
  strides: list(attrs, 'stride'),
  pads: [...list(attrs, 'padding'), ...list(attrs, 'padding')],
});
const conv: Translation = (a) => [
  a.graph.node('Conv', names(a), {
    kernel_shape: shapeOf(a.inputs[1]).slice(2),
    ...windows(a.attrs),
    dilations: list(a.attrs, 'dilation'),
    group: a.attrs.groups as number,
  }),
];
const convTranspose: Translation = (a) => {
  const [stride, padding, dilation] = ['stride', 'padding', 'dilation'].map((key) => list(a.attrs, key)) as [number[], number[], number[]]; // biome-ignore format: three
  const kernel = shapeOf(a.inputs[1]).slice(2);
  const size = shapeOf(a.inputs[0]).slice(2);
  const extra = list(a.attrs, 'inputShape')
    .slice(2)
    .map((wanted, d) => wanted - ((size[d]! - 1) * stride[d]! - 2 * padding[d]! + dilation[d]! * (kernel[d]! - 1) + 1));
  return [
    a.graph.node('ConvTranspose', names(a), {
      kernel_shape: kernel,
      ...windows(a.attrs),
      dilations: dilation,
      group: a.attrs.groups as number,
      output_padding: extra,
    }),
  ];
};

const pool =
  (op: 'MaxPool' | 'AveragePool'): Translation =>
  (a) => {
    const { attrs } = a;
    const size = shapeOf(a.inputs[0]).slice(2);
    const target = attrs.outputSize as readonly number[] | undefined;
    if (target) {
      // Windows of one size, side by side: else there is no such operator.
      if (size.some((n, d) => n % target[d]! !== 0)) return undefined;
      const kernel = size.map((n, d) => n / target[d]!);
      return [a.graph.node(op, names(a), { kernel_shape: kernel, strides: kernel })];
    }
    const ceil = attrs.ceilMode as boolean;
    const attributes = { kernel_shape: list(attrs, 'kernelSize'), ...windows(attrs), ceil_mode: Number(ceil) };
    if (op === 'MaxPool') return [a.graph.node(op, names(a), { ...attributes, dilations: list(attrs, 'dilation') })];
    const divisor = attrs.divisorOverride as number;
    if (divisor === 0)
      return [a.graph.node(op, names(a), { ...attributes, count_include_pad: Number(attrs.countIncludePad) })];
    if (ceil) return undefined;
    const mean = a.graph.node(op, names(a), { ...attributes, count_include_pad: 1 });
    return [a.graph.node('Mul', [mean, a.graph.number(numel(list(attrs, 'kernelSize')) / divisor, dtypeOf(a))])];
  };

const filters: Readonly<Record<string, Readonly<Record<string, OnnxAttribute>>>> = {
  nearest: { mode: 'nearest', nearest_mode: 'floor', coordinate_transformation_mode: 'asymmetric' },
  nearestExact: { mode: 'nearest', nearest_mode: 'round_prefer_ceil', coordinate_transformation_mode: 'half_pixel' },
  linear: { mode: 'linear', coordinate_transformation_mode: 'half_pixel' },
  cubic: { mode: 'cubic', coordinate_transformation_mode: 'half_pixel', cubic_coeff_a: { float: -0.75 } },
};
const resize: Translation = (a) => {
  const shape = shapeOf(a.inputs[0]);
  const { filter, dim, alignCorners, from, to } = a.attrs as unknown as ResampleAttrs;
  const attributes = Object.hasOwn(filters, filter) ? filters[filter] : undefined;
  // Antialiasing came with a later opset; other dims than the last two are for no runtime.
  if (!attributes || dim !== 2 || shape.length !== 4) return undefined;
  const steps = [numberIn(a.inputs[1]), numberIn(a.inputs[2])];
  const whole = alignCorners || steps.every((step, d) => Math.abs((step ?? 0) * to[d]! - from[d]!) < 1e-4);
  if (!whole) return undefined;
  const sizes = a.graph.integers([shape[0]!, shape[1]!, ...to]);
  const corners = alignCorners ? { coordinate_transformation_mode: 'align_corners' } : {};
  return [a.graph.node('Resize', [a.operands[0]!, '', '', sizes], { ...attributes, ...corners })];
};

/** A view whose elements are picked by their places. */
const picked =
  (name: string): Translation =>
  (a) => {
    const layout = (row(name) as ViewRow).layout(contiguousLayout(shapeOf(a.inputs[0])), a.attrs);
    return layout ? [a.graph.pick(names(a)[0]!, layout)] : undefined;
  };

/** The number that a node needs as an attribute: undefined where the operand is a tensor. */
const numberIn = (input: VarInput | undefined): number | undefined =>
  input && isScalar(input) ? (input as Scalar).scalar : undefined;

/** Every op that can be written. Those that are composed of others, or have a reference that is, need no entry. */
export const translations: Readonly<Record<string, Translation>> = {
  ...sameOps({
    neg: 'Neg', abs: 'Abs', exp: 'Exp', log: 'Log', sqrt: 'Sqrt', reciprocal: 'Reciprocal', sign: 'Sign',
    floor: 'Floor', ceil: 'Ceil', round: 'Round', sin: 'Sin', cos: 'Cos', tan: 'Tan', asin: 'Asin', acos: 'Acos',
    atan: 'Atan', sinh: 'Sinh', cosh: 'Cosh', asinh: 'Asinh', acosh: 'Acosh', atanh: 'Atanh', tanh: 'Tanh',
    sigmoid: 'Sigmoid', relu: 'Relu', erf: 'Erf', isnan: 'IsNaN', isinf: 'IsInf', logicalNot: 'Not',
    add: 'Add', sub: 'Sub', mul: 'Mul', div: 'Div', pow: 'Pow', maximum: 'Max', minimum: 'Min',
    eq: 'Equal', lt: 'Less', le: 'LessOrEqual', gt: 'Greater', ge: 'GreaterOrEqual',
    logicalAnd: 'And', logicalOr: 'Or', logicalXor: 'Xor', where: 'Where', copy: 'Identity', matmul: 'MatMul',
  }), // biome-ignore format: a table
  ne: (a) => [a.graph.node('Not', [a.graph.node('Equal', names(a))])],
  cast: (a) => [a.graph.node('Cast', names(a), { to: elementTypes[a.attrs.dtype as DType] })],
  square: formula((node, x) => node('Mul', x, x)),
  rsqrt: formula((node, x) => node('Reciprocal', node('Sqrt', x))),
  expm1: formula((node, x, n) => node('Sub', node('Exp', x), n(1))),
  log1p: formula((node, x, n) => node('Log', node('Add', x, n(1)))),
  silu: formula((node, x) => node('Mul', x, node('Sigmoid', x))),
  gelu: formula((node, x, n) =>
    node('Mul', node('Mul', x, n(0.5)), node('Add', node('Erf', node('Mul', x, n(Math.SQRT1_2))), n(1))),
  ),
  geluTanh: formula((node, x, n) => {
    const cubic = node('Mul', node('Mul', x, node('Mul', x, x)), n(0.044715));
    const inner = node('Mul', node('Add', x, cubic), n(Math.sqrt(2 / Math.PI)));
    return node('Mul', node('Mul', x, n(0.5)), node('Add', node('Tanh', inner), n(1)));
  }),
  leakyRelu: (a) => {
    const [x, slope] = names(a) as [string, string];
    const alpha = numberIn(a.inputs[1]);
    return [
      alpha === undefined
        ? a.graph.node('PRelu', [x, slope])
        : a.graph.node('LeakyRelu', [x], { alpha: { float: alpha } }),
    ];
  },
  softplus: (a) => {
    const [x, beta, threshold] = names(a) as [string, string, string];
    const { graph } = a;
    const z = graph.node('Mul', [x, beta]);
    const curved = graph.node('Div', [graph.node('Softplus', [z]), beta]);
    return [graph.node('Where', [graph.node('Greater', [z, threshold]), x, curved])];
  },
  // Not Clip: ONNX leaves open what it makes of bounds that are tensors.
  clamp: (a) => {
    const [x, low, high] = names(a) as [string, string, string];
    return [a.graph.node('Min', [a.graph.node('Max', [x, low]), high])];
  },

  sum: reduced('ReduceSum', true),
  prod: reduced('ReduceProd'),
  amax: reduced('ReduceMax'),
  amin: reduced('ReduceMin'),
  any: counted('ReduceMax'),
  all: counted('ReduceMin'),
  argmax: place('ArgMax'),
  argmin: place('ArgMin'),

  conv2d: conv,
  conv3d: conv,
  conv2dBackwardInput: convTranspose,
  maxPool2d: pool('MaxPool'),
  avgPool2d: pool('AveragePool'),
  logSoftmax: (a) => [a.graph.node('LogSoftmax', names(a), { axis: a.attrs.dim as number })],
  resample: resize,
  softmax: (a) => {
    const [x] = names(a) as [string];
    const { graph } = a;
    const axis = a.attrs.dim as number;
    const y = graph.node('Softmax', [x], { axis });
    if (!a.attrs.safe) return [y];
    // Where all is masked, nothing is attended to.
    const type = dtypeOf(a);
    const none = graph.node('Equal', [
      graph.node('ReduceMax', [x], { axes: [axis], keepdims: 1 }),
      graph.number(Number.NEGATIVE_INFINITY, type),
    ]);
    return [graph.node('Where', [none, graph.number(0, type), y])];
  },
  layerNorm: (a) => {
    const epsilon = numberIn(a.inputs[1]);
    const shape = shapeOf(a.inputs[0]).slice(-(a.attrs.count as number));
    if (epsilon === undefined) return undefined;
    const flat = a.graph.number(1, dtypeOf(a), numel(shape));
    const scale = shape.length === 1 ? flat : a.graph.node('Reshape', [flat, a.graph.integers(shape)]);
    return [
      a.graph.node('LayerNormalization', [a.operands[0]!, scale], { axis: -shape.length, epsilon: { float: epsilon } }),
    ];
  },

  indexSelect: (a) => [a.graph.node('Gather', names(a), { axis: a.attrs.dim as number })],
  gather: (a) => [a.graph.node('GatherElements', names(a), { axis: a.attrs.dim as number })],
  cat: (a) => [a.graph.node('Concat', names(a), { axis: a.attrs.dim as number })],
  scatterView: (a) => {
    const [base, src] = names(a) as [string, string];
    const { graph } = a;
    const shape = shapeOf(a.inputs[1]);
    const places = placesOf({ shape, strides: list(a.attrs, 'strides'), offset: numberIn(a.inputs[2])! });
    const flat = (x: string): string => graph.node('Reshape', [x, graph.integers([-1])]);
    const written = graph.node('ScatterElements', [flat(base), graph.integers(places), flat(src)], { axis: 0 });
    return [graph.node('Reshape', [written, graph.integers(shapeOf(a.inputs[0]))])];
  },

  reshape: (a) => [a.graph.node('Reshape', [...names(a), a.graph.integers(list(a.attrs, 'shape'))], { allowzero: 1 })],
  expand: (a) => [a.graph.node('Expand', [...names(a), a.graph.integers(list(a.attrs, 'shape'))])],
  permute: (a) => [a.graph.node('Transpose', names(a), { perm: list(a.attrs, 'dims') })],
  slice: (a) => {
    const [starts, sizes, steps] = ['starts', 'sizes', 'steps'].map((key) => list(a.attrs, key)) as [number[], number[], number[]]; // biome-ignore format: three
    const axes = starts.map((_, d) => d);
    // Backwards past the first element: a negative end would count from the other side.
    const ends = starts.map((start, d) => start + sizes[d]! * steps[d]!).map((end) => (end < 0 ? -(2 ** 31) : end));
    return [
      a.graph.node('Slice', [...names(a), ...[starts, ends, axes, steps].map((values) => a.graph.integers(values))]),
    ];
  },
  unfold: picked('unfold'),
  diagonal: picked('diagonal'),
  asStrided: picked('asStrided'),
};
