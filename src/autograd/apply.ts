/** Applies ops to Vars: broadcasting, views, recording, and the tape. */
import { isFloat } from '../core/dtype.ts';
import { DeviceError, GradError, OptionError } from '../core/errors.ts';
import { broadcastShapes, expandLayout, sameShape } from '../core/shape.ts';
import { type NodeInput, type Recorder, Storage } from '../graph/node.ts';
import { inScope } from '../graph/scope.ts';
import { type OpName, row } from '../ops/index.ts';
import { Kit } from '../ops/kit.ts';
import { type Attrs, type CompositeRow, isScalar, type OpRow, type Scalar, type ViewRow } from '../ops/types.ts';
import { isGradEnabled, withGradMode } from './grad-mode.ts';
import { OpNode } from './tape.ts';
import { type Edge, Var } from './var.ts';

export type VarInput = Var | Scalar;

/** Sees every op before it is recorded, and may do it another way: see vmap(). */
export type Interceptor = (op: string, inputs: readonly VarInput[], attrs: Attrs, engine?: Recorder) => Var[] | null;

let interceptor: Interceptor | null = null;

/** Runs `fn` with `next` seeing its ops; `next` itself works under the one that was there before. */
export function withInterceptor<T>(next: Interceptor, fn: () => T): T {
  const outer = interceptor;
  interceptor = (...call) => {
    const inner = interceptor;
    interceptor = outer;
    try {
      return next(...call);
    } finally {
      interceptor = inner;
    }
  };
  try {
    return fn();
  } finally {
    interceptor = outer;
  }
}

/** Records an op and, where gradients may flow, its tape node. `engine` is needed only when no operand is a Var. */
export function apply(op: string, inputs: readonly VarInput[], attrs: Attrs = {}, engine?: Recorder): Var[] {
  const intercepted = interceptor?.(op, inputs, attrs, engine);
  if (intercepted) return intercepted;
  const r = row(op);
  const on = commonDevice(op, inputs) ?? engine;
  if (!on) throw new OptionError(`${op}(): at least one argument must be Tensor\n  numbers alone need no tensors`);
  const tracked = isGradEnabled() && inputs.some((i) => i instanceof Var && i.requiresGrad);
  if (tracked && r.vjp === 'reference') {
    return r.reference!(kitFor(on, true), inputs, attrs) as Var[];
  }
  const results = forward(op, r, inputs, attrs, on);
  if (tracked) attach(op, r, inputs, attrs, results);
  return results;
}

function forward(op: string, r: OpRow, inputs: readonly VarInput[], attrs: Attrs, engine: Recorder): Var[] {
  switch (r.kind) {
    case 'view':
      return [view(r, inputs[0] as Var, attrs)];
    case 'composite':
      return composite(r, inputs, attrs, engine);
    default: {
      const operands = r.kind === 'pointwise' && !r.source ? broadcast(op, inputs) : inputs.map(operandOf);
      return engine.record(op as OpName, operands, attrs).map((value) => new Var(new Storage(value), value.layout));
    }
  }
}

export function kitFor(engine: Recorder, differentiable: boolean): Kit {
  return new Kit((op, inputs, attrs) => apply(op, inputs as readonly VarInput[], attrs ?? {}, engine), differentiable);
}

const operandOf = (i: VarInput): NodeInput => (isScalar(i) ? i : i.operand);

function broadcast(op: string, inputs: readonly VarInput[]): NodeInput[] {
  const vars = inputs.filter((i): i is Var => !isScalar(i));
  const first = vars[0]!.shape;
  const shape = vars.every((v) => sameShape(v.shape, first)) ? first : broadcastShapes(op, ...vars.map((v) => v.shape));
  return inputs.map((i) => {
    if (isScalar(i)) return i;
    return { value: i.operand.value, layout: sameShape(i.shape, shape) ? i.layout : expandLayout(i.layout, shape) };
  });
}

/** The same memory through another layout; a copy first where strides cannot express it. */
function view(r: ViewRow, x: Var, attrs: Attrs): Var {
  const layout = r.layout(x.layout, attrs);
  if (!layout) {
    const [copy] = withGradMode(false, () => apply('copy', [x]), 'noGrad');
    return new Var(copy!.storage, r.layout(copy!.layout, attrs)!);
  }
  const v = new Var(x.storage, layout);
  v.base = x.base ?? x;
  v.seenWrites = v.owner.writes;
  return v;
}

function composite(r: CompositeRow, inputs: readonly VarInput[], attrs: Attrs, engine: Recorder): Var[] {
  const kit = kitFor(engine, false);
  return inScope(
    () => withGradMode(false, () => r.forward(kit, inputs, attrs) as Var[], 'noGrad'),
    (results) => {
      for (const v of results) v.storage.value.kept = true;
    },
  );
}

function attach(op: string, r: OpRow, inputs: readonly VarInput[], attrs: Attrs, results: Var[]): void {
  const differentiable = results.map((v, n) => isFloat(v.dtype) && !r.nonDifferentiable?.includes(n));
  if (!differentiable.includes(true)) return;
  if (r.vjp === 'none') {
    throw new GradError(
      `${op}: not differentiable, but an operand requires grad\n  call it inside noGrad(() => …) or detach() the operand`,
    );
  }
  const edges = inputs.map((i) => (isScalar(i) ? null : gradientEdge(i)));
  const node = new OpNode(
    op,
    r,
    inputs,
    attrs,
    edges,
    results.map(({ shape, dtype }) => ({ shape, dtype })),
    kitFor,
  );
  results.forEach((v, index) => {
    if (differentiable[index]) v.edge = { node, index };
  });
  node.saveOutputs(results);
}

/** Where the gradient of `v` goes: its accumulator if it is a leaf, the node that made it, or null. */
export function gradientEdge(part: Var): Edge | null {
  const v = part.whole;
  if (v.leaf) return v.leaf.accumulate;
  if (v.stale) {
    // Written through another alias since: this view's values now come from the owner's newest history.
    v.edge = partOf(v.owner, v);
    v.seenWrites = v.owner.writes;
    v.retain?.();
  }
  return v.edge;
}

/** The history of the elements of `owner`, all of the memory, that `part` shows. */
function partOf(owner: Var, part: Var): Edge | null {
  const from = gradientEdge(owner);
  if (!from) return null;
  const { shape, strides, offset } = part.layout;
  const { dtype } = part;
  // An element that is shown several times is taken once, then expanded, so that its gradients add up.
  const once = shape.map((d, i) => (strides[i] === 0 ? Math.min(d, 1) : d));
  const taken = new OpNode(
    'asStrided',
    row('asStrided'),
    [owner],
    { shape: once, strides, offset },
    [from],
    [{ shape: once, dtype }],
    kitFor,
  );
  if (sameShape(once, shape)) return { node: taken, index: 0 };
  const narrow = new Var(part.storage, { shape: once, strides, offset });
  const expanded = new OpNode(
    'expand',
    row('expand'),
    [narrow],
    { shape },
    [{ node: taken, index: 0 }],
    [{ shape, dtype }],
    kitFor,
  );
  return { node: expanded, index: 0 };
}

/** The device of all operands; throws where they are on two. */
export function commonDevice(op: string, inputs: readonly VarInput[]): Recorder | undefined {
  let engine: Recorder | undefined;
  for (const i of inputs) {
    if (isScalar(i)) continue;
    if (!(i instanceof Var)) throw new Error(`${op}: a gradient rule used an operand that its row does not save`);
    if (engine && i.engine !== engine) {
      // A tensor from before a loss: the device of the same name is another one now.
      engine.checkAlive(op);
      i.engine.checkAlive(op);
      const [a, b] = [engine.backend.name, i.engine.backend.name];
      throw new DeviceError(
        `Expected all tensors to be on the same device, but found at least two devices, ${a} and ${b}!\n  in ${op}; move one with .to('${a}')`,
      );
    }
    engine = i.engine;
  }
  return engine;
}
