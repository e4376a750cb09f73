/** Runs what ONNX files say, operator by operator as https://onnx.ai/onnx/operators/ defines them. */
import { cat, type DType, functional as F, fromArray, type Tensor, where } from 'lumigrad';
import type { Attribute, Constant, Model, Node } from './read.ts';

const dtypes: Readonly<Record<number, DType>> = { 1: 'float32', 6: 'int32', 7: 'int32', 9: 'bool', 12: 'uint32' };

function constantOf({ shape, type, raw }: Constant): Tensor {
  const { buffer } = raw;
  const arrays: Record<number, () => Float32Array | Int32Array | Uint8Array | Uint32Array> = {
    1: () => new Float32Array(buffer),
    6: () => new Int32Array(buffer),
    7: () => Int32Array.from(new BigInt64Array(buffer), Number),
    9: () => raw,
    12: () => new Uint32Array(buffer),
  };
  return fromArray(arrays[type]!(), shape, { dtype: dtypes[type]! });
}

/** An operator: its tensors, its attributes, and the integers that its later inputs hold. */
interface Call {
  readonly x: readonly Tensor[];
  readonly ints: (input: number) => readonly number[];
  readonly i: (name: string, otherwise?: number) => number;
  readonly f: (name: string) => number;
  readonly list: (name: string) => readonly number[] | undefined;
  readonly s: (name: string) => string;
}

const unary = (name: keyof Tensor) => (c: Call) => (c.x[0] as unknown as Record<keyof Tensor, () => Tensor>)[name]();
const binary = (name: keyof Tensor) => (c: Call) =>
  (c.x[0] as unknown as Record<keyof Tensor, (y: Tensor) => Tensor>)[name](c.x[1]!);
const reduced = (name: 'amax' | 'amin' | 'prod') => (c: Call) => {
  const axes = c.list('axes')!;
  if (c.i('keepdims') !== 1) throw new Error('keepdims');
  return axes.reduce((t, d) => (t as Tensor)[name](d, { keepdim: true }), c.x[0]!);
};
/** Equal padding on both sides: what PyTorch has. */
const half = (pads: readonly number[]): number[] => {
  const n = pads.length / 2;
  if (pads.slice(0, n).some((p, d) => p !== pads[n + d])) throw new Error('pads');
  return pads.slice(0, n);
};

const operators: Readonly<Record<string, (c: Call) => Tensor>> = {
  Identity: ({ x }) => x[0]!,
  Neg: unary('neg'),
  Abs: unary('abs'),
  Exp: unary('exp'),
  Log: unary('log'),
  Sqrt: unary('sqrt'),
  Reciprocal: unary('reciprocal'),
  Tanh: unary('tanh'),
  Sigmoid: unary('sigmoid'),
  Relu: unary('relu'),
  Erf: unary('erf'),
  Not: unary('logicalNot'),
  Add: binary('add'),
  Sub: binary('sub'),
  Mul: binary('mul'),
  Div: binary('div'),
  Pow: binary('pow'),
  Max: binary('maximum'),
  Min: binary('minimum'),
  Equal: binary('eq'),
  Less: binary('lt'),
  LessOrEqual: binary('le'),
  Greater: binary('gt'),
  GreaterOrEqual: binary('ge'),
  And: binary('logicalAnd'),
  MatMul: binary('matmul'),
  Where: ({ x }) => where(x[0]!, x[1]!, x[2]!),
  Softplus: ({ x }) => x[0]!.exp().add(1).log(),
  LeakyRelu: ({ x, f }) => where(x[0]!.ge(0), x[0]!, x[0]!.mul(f('alpha'))),
  Cast: ({ x, i }) => x[0]!.to(dtypes[i('to')]!),
  ReduceSum: ({ x, ints, i }) => x[0]!.sum([...ints(1)], { keepdim: i('keepdims') === 1 }),
  ReduceMax: reduced('amax'),
  ReduceMin: reduced('amin'),
  ReduceProd: reduced('prod'),
  ArgMax: ({ x, i }) => x[0]!.argmax(i('axis'), { keepdim: i('keepdims') === 1 }),
  ArgMin: ({ x, i }) => x[0]!.argmin(i('axis'), { keepdim: i('keepdims') === 1 }),
  Softmax: ({ x, i }) => x[0]!.softmax(i('axis')),
  LogSoftmax: ({ x, i }) => x[0]!.logSoftmax(i('axis')),
  LayerNormalization: ({ x, i, f }) => {
    const t = x[0]!;
    const dims = Array.from({ length: -i('axis') }, (_, d) => t.ndim + i('axis') + d);
    const centred = t.sub(t.mean(dims, { keepdim: true }));
    const variance = centred.mul(centred).mean(dims, { keepdim: true });
    return centred.div(variance.add(f('epsilon')).sqrt()).mul(x[1]!);
  },
  Conv: ({ x, list, i }) => {
    const rank = x[0]!.ndim - 2;
    const convolve = rank === 3 ? F.conv3d : F.conv2d;
    const options = {
      stride: list('strides'),
      padding: half(list('pads')!),
      dilation: list('dilations'),
      groups: i('group'),
    };
    return convolve(x[0]!, x[1]!, null, options as never);
  },
  ConvTranspose: ({ x, list, i }) =>
    F.convTranspose2d(x[0]!, x[1]!, null, {
      stride: list('strides'),
      padding: half(list('pads')!),
      dilation: list('dilations'),
      groups: i('group'),
      outputPadding: list('output_padding'),
    } as never),
  MaxPool: ({ x, list, i }) =>
    F.maxPool2d(
      x[0]!,
      list('kernel_shape') as [number, number],
      {
        stride: list('strides'),
        padding: half(list('pads') ?? [0, 0, 0, 0]),
        dilation: list('dilations') ?? [1, 1],
        ceilMode: i('ceil_mode', 0) === 1,
      } as never,
    ) as unknown as Tensor,
  AveragePool: ({ x, list, i }) =>
    F.avgPool2d(
      x[0]!,
      list('kernel_shape') as [number, number],
      {
        stride: list('strides'),
        padding: half(list('pads') ?? [0, 0, 0, 0]),
        ceilMode: i('ceil_mode', 0) === 1,
        countIncludePad: i('count_include_pad', 0) === 1,
      } as never,
    ),
  Resize: ({ x, ints, s }) => {
    const cases: Record<string, () => Tensor> = {
      'nearest asymmetric': () => F.interpolate(x[0]!, { size: ints(3).slice(2) as [number, number] }),
      'linear half_pixel': () =>
        F.interpolate(x[0]!, { size: ints(3).slice(2) as [number, number], mode: 'bilinear', alignCorners: false }),
    };
    return cases[`${s('mode')} ${s('coordinate_transformation_mode')}`]!();
  },
  Gather: ({ x, i }) => {
    const [data, index] = x as [Tensor, Tensor];
    const axis = i('axis');
    const picked = data.indexSelect(axis, index.flatten());
    return picked.reshape([...data.shape.slice(0, axis), ...index.shape, ...data.shape.slice(axis + 1)]);
  },
  GatherElements: ({ x, i }) => x[0]!.gather(i('axis'), x[1]!),
  ScatterElements: ({ x, i }) => x[0]!.scatter(i('axis'), x[1]!, x[2]!),
  Concat: ({ x, i }) => cat([...x], i('axis')),
  Reshape: ({ x, ints }) => x[0]!.reshape([...ints(1)]),
  Expand: ({ x, ints }) => {
    const t = x[0]!;
    return t.expand([...ints(1)]);
  },
  Shape: ({ x, i }) => {
    const part = x[0]!.shape.slice(i('start'), i('end'));
    return fromArray(Int32Array.from(part), [part.length]);
  },
  Transpose: ({ x, list }) => x[0]!.permute([...list('perm')!]),
  Slice: ({ x, ints }) => {
    const [starts, ends, axes, steps] = [1, 2, 3, 4].map(ints) as [number[], number[], number[], number[]]; // biome-ignore format: four
    return axes.reduce((t, axis, n) => {
      const [step, start] = [steps[n]!, starts[n]!];
      const end = Math.max(ends[n]!, -1);
      const places: number[] = [];
      for (let at = start; step > 0 ? at < end : at > end; at += step) places.push(at);
      return t.indexSelect(axis, fromArray(Int32Array.from(places), [places.length]));
    }, x[0]!);
  },
};

/** What a model computes of these inputs. Throws for an operator that is not defined above. */
export async function runOnnx(model: Model, inputs: readonly Tensor[]): Promise<Tensor[]> {
  const values = new Map<string, Tensor>(model.inputs.map(({ name }, i) => [name, inputs[i]!]));
  for (const [name, constant] of model.constants) values.set(name, constantOf(constant));
  // Shapes are constants, or computed of the inputs' shapes.
  const sizes = new Map<string, readonly number[]>();
  const ints = (name: string): readonly number[] =>
    sizes.get(name) ?? Array.from(new BigInt64Array(model.constants.get(name)!.raw.buffer), Number);
  for (const node of model.nodes) {
    const result = call(node, values, ints);
    values.set(node.outputs[0]!, result);
    if (node.outputs[0]!.startsWith('/dynamic/') && result.dtype === 'int32' && result.ndim === 1)
      sizes.set(node.outputs[0]!, await (result as Tensor<'int32'>).data().then((data) => Array.from(data)));
  }
  return model.outputs.map(({ name }) => values.get(name)!);
}

function call(node: Node, values: ReadonlyMap<string, Tensor>, ints: (name: string) => readonly number[]): Tensor {
  const get = (name: string): Attribute | undefined => node.attributes.get(name);
  const operator = operators[node.op];
  if (!operator) throw new Error(`${node.op} is not defined here`);
  return operator({
    x: node.inputs.map((name) => values.get(name)!),
    ints: (input) => ints(node.inputs[input]!),
    i: (name, otherwise) => get(name)?.i ?? otherwise!,
    f: (name) => get(name)!.f!,
    list: (name) => get(name)?.ints,
    s: (name) => get(name)!.s!,
  });
}
