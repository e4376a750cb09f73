/**
 * 3-d convolution: (N, C, D, H, W) * (O, C/groups, kD, kH, kW) -> (N, O, oD, oH, oW), as one 2-d convolution. Each depth of the
 * result is an image of its own, whose channels are (channel, depth tap). The weight is read so for free, and the input through
 * a copy that conv2d takes as a prologue of its loads: one kernel, plus one for the padding along depth and one that puts depth
 * back in its place. Thus the tiled kernels of conv2d do the work, forwards and backwards. The gradient by the input has kD times
 * the input's size before depth taps are added up. What is kept for backward is the input itself.
 */
import { type ConvAttrs, cropTo } from '../conv.ts';
import { type Attrs, type CompositeRow, eachForTheOther, type Kit, type Ref } from '../types.ts';

type Five = readonly [number, number, number, number, number];
const five = (a: Ref): Five => a.shape as Five;
const settings = (attrs: Attrs): ConvAttrs => attrs as Attrs & ConvAttrs;

/** What is left to conv2d. */
const planar = (attrs: Attrs): Attrs => {
  const { stride, padding, dilation, groups } = settings(attrs);
  return { stride: stride.slice(1), padding: padding.slice(1), dilation: dilation.slice(1), groups };
};

const output = (size: number, taps: number, attrs: Attrs): number => {
  const { stride, padding, dilation } = settings(attrs);
  return Math.floor((size + 2 * padding[0]! - dilation[0]! * (taps - 1) - 1) / stride[0]!) + 1;
};

/** The padded input, and where image (n, depth of the result) and channel (c, depth tap) lie in it. */
function window([n, c, d, h, w]: Five, taps: number, depths: number, attrs: Attrs) {
  const { stride, padding, dilation } = settings(attrs);
  const plane = h * w;
  const depth = d + 2 * padding[0]!;
  return {
    padded: [n, c, depth, h, w],
    start: padding[0]! * plane,
    shape: [n, depths, c, taps, h, w],
    strides: [c * depth * plane, stride[0]! * plane, depth * plane, dilation[0]! * plane, w, 1],
  };
}

/** (N, C, D, H, W) -> (N·depths, C·taps, H, W) */
function unfoldDepth(k: Kit, x: Ref, taps: number, depths: number, attrs: Attrs): Ref {
  const [n, c, , h, w] = five(x);
  const { padded, start, shape, strides } = window(five(x), taps, depths, attrs);
  const whole =
    start === 0 ? x : k.scatterIntoZeros(padded, x, { strides: k.contiguousStrides(padded), offset: start });
  return k.reshape(k.asStrided(whole, shape, strides), [n * depths, c * taps, h, w]);
}

/** (N, O, depths, H, W) -> (N·depths, O, H, W) */
function frames(k: Kit, y: Ref): Ref {
  const [n, o, depths, h, w] = five(y);
  return k.reshape(k.permute(y, [0, 2, 1, 3, 4]), [n * depths, o, h, w]);
}

/** (O, C/groups, kD, kH, kW) -> (O, C/groups·kD, kH, kW) */
const planarShape = ([o, c, kd, kh, kw]: Five): number[] => [o, c * kd, kh, kw];

export const conv3dComposites = {
  /** (x, weight); attrs: stride, padding, dilation ([d, h, w] each), groups */
  conv3d: {
    kind: 'composite',
    forward: (k, inputs, attrs) => {
      const [x, w] = inputs as [Ref, Ref];
      const [n, o, taps] = [x.shape[0]!, w.shape[0]!, w.shape[2]!];
      const depths = output(x.shape[2]!, taps, attrs);
      const y = k.op(
        'conv2d',
        [unfoldDepth(k, x, taps, depths, attrs), k.reshape(w, planarShape(five(w)))],
        planar(attrs),
      );
      const split = k.reshape(y, [n, depths, o, ...y.shape.slice(2)]);
      return [k.op('copy', [k.permute(split, [0, 2, 1, 3, 4])])];
    },
    saves: { inputs: eachForTheOther },
    vjp: ({ k, inputs, grads, needs, attrs }) => {
      const [x, w] = inputs as [Ref, Ref];
      return [
        needs[0] ? k.op('conv3dBackwardInput', [grads[0]!, w], { ...attrs, inputShape: x.shape }) : null,
        needs[1] ? k.op('conv3dBackwardWeight', [x, grads[0]!], { ...attrs, weightShape: w.shape }) : null,
      ];
    },
  },
  /** (dy, weight) -> dx, and the transposed convolution. attrs: conv3d's, inputShape */
  conv3dBackwardInput: {
    kind: 'composite',
    forward: (k, inputs, attrs) => {
      const [dy, w] = inputs as [Ref, Ref];
      const shape = attrs.inputShape as Five;
      const [taps, depths] = [w.shape[2]!, dy.shape[2]!];
      const [n, c, , height, width] = shape;
      const images = k.op('conv2dBackwardInput', [frames(k, dy), k.reshape(w, planarShape(five(w)))], {
        ...planar(attrs),
        inputShape: [n * depths, c * taps, height, width],
      });
      const { padded, start, shape: split, strides } = window(shape, taps, depths, attrs);
      const sum = k.addIntoZeros(padded, k.reshape(images, split), { strides, offset: 0 });
      if (start === 0) return [sum];
      const depthStart = shape.map((_, i) => (i === 2 ? settings(attrs).padding[0]! : 0));
      const inner = k.slice(
        sum,
        depthStart,
        shape,
        shape.map(() => 1),
      );
      return [k.op('copy', [inner])];
    },
    saves: { inputs: eachForTheOther },
    vjp: ({ k, inputs, grads, needs, attrs: { inputShape: _, ...conv } }) => {
      const [dy, w] = inputs as [Ref, Ref];
      return [
        needs[0] ? cropTo(k, k.op('conv3d', [grads[0]!, w], conv), dy.shape) : null,
        needs[1] ? k.op('conv3dBackwardWeight', [grads[0]!, dy], { ...conv, weightShape: w.shape }) : null,
      ];
    },
  },
  /** (x, dy) -> dWeight. attrs: conv3d's, weightShape */
  conv3dBackwardWeight: {
    kind: 'composite',
    forward: (k, inputs, attrs) => {
      const [x, dy] = inputs as [Ref, Ref];
      const shape = attrs.weightShape as Five;
      const dw = k.op('conv2dBackwardWeight', [unfoldDepth(k, x, shape[2], dy.shape[2]!, attrs), frames(k, dy)], {
        ...planar(attrs),
        weightShape: planarShape(shape),
      });
      return [k.reshape(dw, shape)];
    },
    saves: { inputs: eachForTheOther },
    vjp: ({ k, inputs, grads, needs, attrs: { weightShape: _, ...conv } }) => {
      const [x, dy] = inputs as [Ref, Ref];
      return [
        needs[0] ? k.op('conv3dBackwardInput', [dy, grads[0]!], { ...conv, inputShape: x.shape }) : null,
        needs[1] ? cropTo(k, k.op('conv3d', [x, grads[0]!], conv), dy.shape) : null,
      ];
    },
  },
} satisfies Record<string, CompositeRow>;
