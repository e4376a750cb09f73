/** What PyTorch calls the tape nodes, as `grad_fn=<…>` shows them. */
import { type Input, isScalar } from '../ops/types.ts';

type Inputs = readonly Input[];

/** Ops whose node is not named after them. Functions composed of several ops name theirs by `named()`. */
const names: Readonly<Record<string, string | ((inputs: Inputs) => string)>> = {
  sub: ([a]) => (isScalar(a!) ? 'RsubBackward1' : 'SubBackward0'),
  div: ([a]) => (isScalar(a!) ? 'MulBackward0' : 'DivBackward0'),
  pow: ([a, b]) => (isScalar(b!) ? 'PowBackward0' : isScalar(a!) ? 'PowBackward2' : 'PowBackward1'),
  square: 'PowBackward0',
  log1p: 'Log1PBackward0',
  clamp: 'ClampBackward1',
  geluTanh: 'GeluBackward0',
  copy: 'CloneBackward0',
  cast: 'ToCopyBackward0',
  reshape: 'ViewBackward0',
  matmul: ([a]) => (!isScalar(a!) && a!.shape.length === 2 ? 'MmBackward0' : 'BmmBackward0'),
  conv2d: 'ConvolutionBackward0',
  maxPool2d: 'MaxPool2DWithIndicesBackward0',
  avgPool2d: 'AvgPool2DBackward0',
  batchNorm: 'NativeBatchNormBackward0',
  layerNorm: 'NativeLayerNormBackward0',
  dropout: 'MulBackward0',
  crossEntropy: 'NllLossBackward0',
};

export function nodeName(op: string, inputs: Inputs): string {
  const name = names[op];
  if (typeof name === 'function') return name(inputs);
  return name ?? `${op[0]!.toUpperCase()}${op.slice(1)}Backward0`;
}
