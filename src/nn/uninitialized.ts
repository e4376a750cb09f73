/** Parameters and buffers whose shapes the first input tells. */
import { OptionError } from '../core/errors.ts';
import type { Shape } from '../core/shape.ts';
import { empty } from '../tensor/create.ts';
import { Tensor } from '../tensor/tensor.ts';
import { type FactoryOptions, factory } from './checks.ts';
import { Parameter } from './parameter.ts';

/** Settings of {@link UninitializedParameter} and {@link UninitializedBuffer}. */
export interface UninitializedOptions extends FactoryOptions {
  /** Default: true of parameters, false of buffers. */
  readonly requiresGrad?: boolean;
}

const shapeless =
  "Can't access the shape of an uninitialized parameter or buffer. This error usually happens in `load_state_dict` when trying to load an uninitialized parameter into an initialized one. Call `forward` to initialize the parameters before accessing their attributes.";

/** Memory of no elements, whose layout nobody may see: whoever computes with it gets the error. */
function placeholder(kind: string, { requiresGrad = false, ...options }: UninitializedOptions): Tensor['impl'] {
  const { impl } = new Parameter(empty([0], factory(options)), { requiresGrad });
  const get = (): never => {
    throw new OptionError(
      `Attempted to use an uninitialized parameter. This error happens when you are using a \`LazyModule\` or explicitly manipulating \`torch.nn.parameter.${kind}\` objects. When using LazyModules Call \`forward\` with a dummy batch to initialize the parameters before calling torch functions\n  make the optimizer after the first forward, too`,
    );
  };
  return Object.create(impl, { layout: { get } });
}

/** What a tensor without a shape does in its own way, until it has one. */
function concealed(t: UninitializedParameter | UninitializedBuffer): Readonly<Record<string, PropertyDescriptor>> {
  const kind = t.constructor.name;
  const settings = (): UninitializedOptions => ({
    requiresGrad: t.requiresGrad,
    dtype: t.dtype,
    device: t.device as NonNullable<FactoryOptions['device']>,
  });
  const methods = {
    // A state dict holds it as it is.
    detach: () => t,
    copy_(source: Tensor): Tensor {
      if (isLazy(source)) return t;
      t.materialize(source.shape);
      return t.copy_(source);
    },
    to(target: string): Tensor | Promise<Tensor> {
      const device = target === 'cpu' || target === 'webgpu';
      const options = { ...settings(), [device ? 'device' : 'dtype']: target };
      if (device)
        return Promise.resolve(
          t instanceof Parameter ? new UninitializedParameter(options) : new UninitializedBuffer(options),
        );
      Reflect.set(t, 'impl', placeholder(kind, options));
      return t;
    },
    toString: () => `<${kind}>`,
    toStringAsync: async () => `<${kind}>`,
  };
  const shape = {
    get: (): never => {
      throw new OptionError(shapeless);
    },
  };
  return {
    shape,
    ...Object.fromEntries(Object.entries(methods).map(([name, value]) => [name, { value }] as const)),
  };
}
function conceal(t: UninitializedParameter | UninitializedBuffer): void {
  for (const [name, descriptor] of Object.entries(concealed(t)))
    Object.defineProperty(t, name, { ...descriptor, configurable: true, enumerable: false });
}

/** Gives it memory, and makes it an ordinary one. */
function reveal(t: UninitializedParameter | UninitializedBuffer, shape: Shape, options: FactoryOptions): void {
  const { requiresGrad, dtype } = t;
  const device = t.device as NonNullable<FactoryOptions['device']>;
  const plain = t instanceof Parameter ? Parameter : Tensor;
  const data = empty(shape, { dtype, device, ...factory(options) });
  for (const name of Object.keys(concealed(t))) Reflect.deleteProperty(t, name);
  Reflect.set(t, 'impl', new Parameter(data, { requiresGrad }).impl);
  Object.setPrototypeOf(t, plain.prototype);
}

/**
 * A parameter that has no shape yet: lazy layers have them until their first input. Using it in a computation throws. Source:
 * torch.nn.parameter.UninitializedParameter.
 *
 * @example
 * const p = new nn.UninitializedParameter();
 * p.materialize([2, 3]);
 * p.shape; // [2, 3]
 * p instanceof nn.UninitializedParameter; // false
 */
export class UninitializedParameter extends Parameter {
  constructor(options: UninitializedOptions = {}) {
    super(empty([0], factory(options)));
    Reflect.set(this, 'impl', placeholder('UninitializedParameter', { requiresGrad: true, ...options }));
    conceal(this);
  }
  /** Gives it a shape, with values that are still to be set; from now on it is an ordinary {@link Parameter}. */
  materialize(shape: Shape, options: FactoryOptions = {}): void {
    reveal(this, shape, options);
  }
}

/**
 * A buffer that has no shape yet: lazy layers have them until their first input. Using it in a computation throws. Source:
 * torch.nn.parameter.UninitializedBuffer.
 */
export class UninitializedBuffer extends Tensor {
  constructor(options: UninitializedOptions = {}) {
    super(placeholder('UninitializedBuffer', options));
    conceal(this);
  }
  /** Gives it a shape, with values that are still to be set; from now on it is an ordinary tensor. */
  materialize(shape: Shape, options: FactoryOptions = {}): void {
    reveal(this, shape, options);
  }
}

/** Whether a parameter or buffer has no shape yet. Source: torch.nn.parameter.is_lazy. */
export function isLazy(t: unknown): t is UninitializedParameter | UninitializedBuffer {
  return t instanceof UninitializedParameter || t instanceof UninitializedBuffer;
}
